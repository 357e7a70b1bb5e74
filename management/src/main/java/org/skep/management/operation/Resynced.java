package org.skep.management.operation;

import java.util.List;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.NodeKind;
import org.skep.management.state.Command.GroupEvents;
import org.skep.management.state.Command.Occurrence;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.Empty;
import org.skep.wire.message.ResyncedRequest;

/// A primary says that its secondary has all that it has itself. Refused with ESTALE if the group
/// is in another epoch, with EBUSY if it can't be.
public final class Resynced implements Handler<ResyncedRequest, Empty> {
  private final Desk desk;

  public Resynced(Desk desk) {
    this.desk = desk;
  }

  @Override
  public Outcome<Empty> handle(ResyncedRequest request, Exchange exchange) {
    Failure refusal = desk.unlessLeader();
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    NodeKind kind;
    try {
      kind = MapCodec.of(request.getKind());
    } catch (MalformedFrameException e) {
      return Outcome.refused(Failure.malformed(String.valueOf(e.getMessage())));
    }
    GroupEvent event = new GroupEvent.Resynced(request.getSecondary(), request.getEpoch());
    Occurrence occurrence = new Occurrence(kind, request.getGroupId(), request.getEpoch(), event);
    Failure failure = desk.submit(new GroupEvents(List.of(occurrence)));
    return failure == null ? Outcome.done(Empty.getDefaultInstance()) : Outcome.refused(failure);
  }
}
