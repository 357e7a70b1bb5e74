package org.skep.metadata.operation;

import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.transaction.Coordinator;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Empty;
import org.skep.wire.message.RenameRequest;

/// rename(2) and renameat2(2), within a shard or between shards.
final class Rename implements ShardOperation<RenameRequest, Empty> {
  private final Shard shard;
  private final Coordinator coordinator;

  Rename(Shard shard, Coordinator coordinator) {
    this.shard = shard;
    this.coordinator = coordinator;
  }

  @Override
  public Empty run(RenameRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getNewParent());
    Checks.inode(request.getOldParent());
    Checks.name(request.getOldName());
    Checks.name(request.getNewName());
    return coordinator.run(new Renaming(shard, request), call);
  }
}
