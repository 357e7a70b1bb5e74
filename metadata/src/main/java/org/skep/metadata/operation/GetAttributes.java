package org.skep.metadata.operation;

import org.jspecify.annotations.Nullable;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.InodeAttributes;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.GetAttributesReply;
import org.skep.wire.message.GetAttributesRequest;

/// The attributes of inodes, of those that exist.
final class GetAttributes implements ShardOperation<GetAttributesRequest, GetAttributesReply> {
  private static final int INODES_MAX = 1000;
  private final Shard shard;

  GetAttributes(Shard shard) {
    this.shard = shard;
  }

  @Override
  public GetAttributesReply run(GetAttributesRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    if (request.getInodesCount() > INODES_MAX) {
      throw new RefusedException(
          Failure.malformed("attributes of " + request.getInodesCount() + " inodes"));
    }
    GetAttributesReply.Builder reply = GetAttributesReply.newBuilder();
    for (long inode : request.getInodesList()) {
      Checks.owned(shard, inode);
      try (InodeLocks.Held _ = shard.lock(inode, false)) {
        InodeRecord record = shard.records().inode(inode);
        if (record != null) {
          reply.addAttributes(InodeAttributes.of(inode, record));
        }
      }
    }
    return reply.build();
  }

  @Override
  public long[] seen(GetAttributesRequest request, @Nullable GetAttributesReply reply) {
    return request.getInodesList().stream().mapToLong(Long::longValue).toArray();
  }
}
