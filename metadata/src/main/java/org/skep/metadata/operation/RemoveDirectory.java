package org.skep.metadata.operation;

import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.transaction.Coordinator;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Empty;
import org.skep.wire.message.RemoveDirectoryRequest;

/// rmdir(2).
final class RemoveDirectory implements ShardOperation<RemoveDirectoryRequest, Empty> {
  private final Shard shard;
  private final Coordinator coordinator;

  RemoveDirectory(Shard shard, Coordinator coordinator) {
    this.shard = shard;
    this.coordinator = coordinator;
  }

  @Override
  public Empty run(RemoveDirectoryRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getParent());
    Checks.name(request.getName());
    return coordinator.run(new Removal(shard, request.getParent(), request.getName(), true), call);
  }
}
