package org.skep.metadata.operation;

import org.skep.linux.Errno;
import org.skep.metadata.chunk.Truncations;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.wire.message.Time;
import org.skep.wire.message.Written;

/// Data that a client wrote to storage becomes known to the shard.
final class WrittenData {
  private final Shard shard;
  private final Truncations truncations;

  WrittenData(Shard shard, Truncations truncations) {
    this.shard = shard;
    this.truncations = truncations;
  }

  static void check(Written written, Time atime) throws RefusedException {
    Checks.time(written.getMtime());
    Checks.time(atime);
    if (written.getSizeAtLeast() < 0) {
      throw new RefusedException(
          Errno.EFBIG, "size " + Long.toUnsignedString(written.getSizeAtLeast()));
    }
  }

  /// Size, times and version after the write; a capability of the file is gone.
  ///
  /// @throws RefusedException EIO if the file must not get longer now
  void put(Draft draft, long inode, InodeRecord.Builder record, Written written)
      throws RefusedException {
    truncations.checkGrowth(inode, written.getSizeAtLeast());
    Time now = shard.now();
    if (!FileType.isRegular(record.getMode())) {
      throw new IllegalStateException("written to what is no regular file");
    }
    record
        .setSize(Math.max(record.getSize(), written.getSizeAtLeast()))
        .setMtime(written.hasMtime() ? written.getMtime() : now)
        .setCtime(now)
        .setData(InodeRecord.Data.PRESENT)
        .setDataVersion(record.getDataVersion() + 1);
    if (written.getAllocatedKnown()) {
      record.setAllocatedBytes(written.getAllocatedBytes());
    }
    Privileges.removeCapability(draft, inode, record);
  }
}
