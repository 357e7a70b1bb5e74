package org.skep.metadata.operation;

import org.skep.metadata.state.Call;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.Openings;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Empty;
import org.skep.wire.message.EndSessionRequest;

/// The client goes: its open files are closed, its replies forgotten.
final class EndSession implements ShardOperation<EndSessionRequest, Empty> {
  private final Shard shard;

  EndSession(Shard shard) {
    this.shard = shard;
  }

  @Override
  public Empty run(EndSessionRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Openings.endAll(shard, call.client());
    Draft draft = shard.draft();
    shard.replies().dropAll(draft.batch(), call.client());
    if (!draft.isEmpty()) {
      shard.apply(draft, false);
    }
    return Empty.getDefaultInstance();
  }
}
