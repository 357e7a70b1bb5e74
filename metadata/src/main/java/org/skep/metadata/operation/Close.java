package org.skep.metadata.operation;

import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.Openings;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.CloseRequest;
import org.skep.wire.message.Empty;

/// Ends one opening of a file. The last one of an unlinked file takes the file away.
final class Close implements ShardOperation<CloseRequest, Empty> {
  private final Shard shard;
  private final WrittenData data;

  Close(Shard shard, WrittenData data) {
    this.shard = shard;
    this.data = data;
  }

  @Override
  public Empty run(CloseRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    long inode = request.getInode();
    Checks.owned(shard, inode);
    WrittenData.check(request.getWritten(), request.getAtime());
    try (InodeLocks.Held _ = shard.lock(inode, true)) {
      InodeRecord before = Checks.existing(shard, inode);
      Checks.regular(inode, before);
      InodeRecord.Builder changed = before.toBuilder();
      Draft draft = shard.draft();
      if (request.hasWritten()) {
        data.put(draft, inode, changed, request.getWritten());
      }
      if (request.hasAtime()) {
        changed.setAtime(request.getAtime());
      }
      if (request.hasWritten() || request.hasAtime()) {
        draft.put(inode, changed.build());
      }
      Openings.remove(
          draft,
          inode,
          call.client(),
          request.getOpenedForWriting(),
          request.hasWritten() || !request.getNeverWritten());
      shard.apply(draft, call, Empty.getDefaultInstance(), false);
      return Empty.getDefaultInstance();
    }
  }
}
