package org.skep.management.operation;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.NodeKind;
import org.skep.management.state.Command.GroupEvents;
import org.skep.management.state.Command.Occurrence;
import org.skep.runtime.rpc.Exchange;
import org.skep.wire.Failure;
import org.skep.wire.message.Kind;
import org.skep.wire.message.ResyncedRequest;

/// A primary says that its secondary has all that it has itself. Refused with ESTALE if the group
/// is in another epoch, or another process has the primary by now: it may have gone on alone, and
/// have changes that the secondary has not. Refused with EBUSY if it can't be.
public final class Resynced extends TargetOperation<ResyncedRequest> {
  public Resynced(Desk desk) {
    super(desk);
  }

  @Override
  Kind kind(ResyncedRequest request) {
    return request.getKind();
  }

  @Override
  @Nullable Failure carryOut(NodeKind kind, ResyncedRequest request, Exchange exchange) {
    GroupEvent event = new GroupEvent.Resynced(request.getSecondary(), request.getEpoch());
    Occurrence occurrence =
        new Occurrence(kind, request.getGroupId(), request.getEpoch(), event, exchange.client());
    return desk.submit(new GroupEvents(List.of(occurrence)));
  }
}
