package org.skep.metadata.operation;

import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.ListXattrsReply;
import org.skep.wire.message.ListXattrsRequest;

/// The names of an inode's extended attributes.
final class ListXattrs implements ShardOperation<ListXattrsRequest, ListXattrsReply> {
  private final Shard shard;

  ListXattrs(Shard shard) {
    this.shard = shard;
  }

  @Override
  public ListXattrsReply run(ListXattrsRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getInode());
    try (InodeLocks.Held _ = shard.lock(request.getInode(), false)) {
      InodeRecord record = Checks.existing(shard, request.getInode());
      ListXattrsReply.Builder reply = ListXattrsReply.newBuilder();
      if (record.getXattrs()) {
        reply.addAllNames(Xattrs.names(shard, request.getInode()));
      }
      return reply.build();
    }
  }
}
