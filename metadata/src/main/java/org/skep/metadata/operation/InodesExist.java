package org.skep.metadata.operation;

import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.InodesExistReply;
import org.skep.wire.message.InodesExistRequest;

/// Says which inodes live here, with a name or open.
final class InodesExist implements ShardOperation<InodesExistRequest, InodesExistReply> {
  private static final int INODES_MAX = 10_000;
  private final Shard shard;

  InodesExist(Shard shard) {
    this.shard = shard;
  }

  @Override
  public InodesExistReply run(InodesExistRequest request, Call call)
      throws RefusedException, DiskException {
    if (request.getInodesCount() > INODES_MAX) {
      throw new RefusedException(
          Failure.malformed("existence of " + request.getInodesCount() + " inodes"));
    }
    InodesExistReply.Builder reply = InodesExistReply.newBuilder();
    for (long inode : request.getInodesList()) {
      Checks.owned(shard, inode);
      if (shard.records().exists(inode)) {
        reply.addExisting(inode);
      }
    }
    if (reply.getExistingCount() < request.getInodesCount()) {
      // Their chunks go now: a crash of the host must not bring the inodes back.
      long _ = shard.sync();
    }
    return reply.build();
  }
}
