package org.skep.metadata.operation;

import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.transaction.Coordinator;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Empty;
import org.skep.wire.message.UnlinkRequest;

/// unlink(2).
final class Unlink implements ShardOperation<UnlinkRequest, Empty> {
  private final Shard shard;
  private final Coordinator coordinator;

  Unlink(Shard shard, Coordinator coordinator) {
    this.shard = shard;
    this.coordinator = coordinator;
  }

  @Override
  public Empty run(UnlinkRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getParent());
    Checks.name(request.getName());
    return coordinator.run(new Removal(shard, request.getParent(), request.getName(), false), call);
  }
}
