package org.skep.metadata.operation;

import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.ReadLinkReply;
import org.skep.wire.message.ReadLinkRequest;

/// The target of a symlink.
final class ReadLink implements ShardOperation<ReadLinkRequest, ReadLinkReply> {
  private final Shard shard;

  ReadLink(Shard shard) {
    this.shard = shard;
  }

  @Override
  public ReadLinkReply run(ReadLinkRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getInode());
    try (InodeLocks.Held _ = shard.lock(request.getInode(), false)) {
      InodeRecord record = Checks.existing(shard, request.getInode());
      if ((record.getMode() & FileType.MASK) != FileType.SYMLINK) {
        throw new RefusedException(
            Errno.EINVAL, "inode " + Ids.text(request.getInode()) + " is no symlink");
      }
      return ReadLinkReply.newBuilder().setTarget(record.getSymlinkTarget()).build();
    }
  }
}
