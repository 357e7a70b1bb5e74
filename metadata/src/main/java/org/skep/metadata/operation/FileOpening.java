package org.skep.metadata.operation;

import com.google.protobuf.MessageLite;
import java.util.function.Function;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.chunk.Truncations;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeAttributes;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.Openings;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Caller;
import org.skep.wire.message.Time;

/// Opens a regular file of this shard; the part of open(2) that OPEN and CREATE share.
final class FileOpening {
  private final Shard shard;
  private final Truncations truncations;

  FileOpening(Shard shard, Truncations truncations) {
    this.shard = shard;
    this.truncations = truncations;
  }

  /// @param flags O_* of open(2); O_TRUNC truncates
  /// @param reply makes the reply from the inode's attributes
  /// @throws RefusedException ESTALE, EISDIR, ELOOP for symlinks, ENXIO for other types
  <R extends MessageLite> R open(
      long inode, int flags, Caller caller, Call call, Function<Attributes, R> reply)
      throws RefusedException, DiskException, InterruptedException {
    try (InodeLocks.Held held = shard.lock(inode, true)) {
      InodeRecord record = Checks.existing(shard, inode);
      checkType(inode, record);
      Draft draft = shard.draft();
      if (Writing.truncates(flags)) {
        draft.put(inode, truncated(draft, inode, record, caller));
        draft = truncations.cut(held, draft, inode, record, 0);
      }
      Openings.add(draft, inode, call.client(), Writing.opensForWriting(flags));
      R answer = reply.apply(InodeAttributes.of(inode, draft.existing(inode)));
      shard.apply(draft, call, answer, false);
      return answer;
    }
  }

  private static void checkType(long inode, InodeRecord record) throws RefusedException {
    Errno errno =
        switch (record.getMode() & FileType.MASK) {
          case FileType.REGULAR -> null;
          case FileType.DIRECTORY -> Errno.EISDIR;
          case FileType.SYMLINK -> Errno.ELOOP;
          default -> Errno.ENXIO;
        };
    if (errno != null) {
      throw new RefusedException(errno, "inode " + Ids.text(inode));
    }
  }

  private InodeRecord truncated(Draft draft, long inode, InodeRecord record, Caller caller) {
    Time now = shard.now();
    InodeRecord.Builder changed =
        record.toBuilder()
            .setSize(0)
            .setAllocatedBytes(0)
            .setMtime(now)
            .setCtime(now)
            .setDataVersion(record.getDataVersion() + 1);
    if (!caller.getPrivileged()) {
      changed.setMode(Privileges.withoutSetId(record.getMode()));
    }
    Privileges.removeCapability(draft, inode, changed);
    return changed.build();
  }
}
