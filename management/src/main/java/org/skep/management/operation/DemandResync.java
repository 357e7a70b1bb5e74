package org.skep.management.operation;

import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.DemandResyncRequest;
import org.skep.wire.message.Empty;

/// A primary was asked for a resync: its secondary is Needs-resync when this is answered.
public final class DemandResync implements Handler<DemandResyncRequest, Empty> {
  private final Desk desk;

  public DemandResync(Desk desk) {
    this.desk = desk;
  }

  @Override
  public Outcome<Empty> handle(DemandResyncRequest request, Exchange exchange) {
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
    if (isWantedAlready(kind, request)) {
      return Outcome.done(Empty.getDefaultInstance());
    }
    GroupEvent event = new GroupEvent.Demand(request.getSecondary());
    Failure failure = new GroupRequest(desk, kind, request.getGroupId(), event).submit();
    return failure == null || isWantedAlready(kind, request)
        ? Outcome.done(Empty.getDefaultInstance())
        : Outcome.refused(failure);
  }

  private boolean isWantedAlready(NodeKind kind, DemandResyncRequest request) {
    ClusterMap map = desk.machine().map();
    BuddyGroup group = map.group(kind, request.getGroupId());
    Target target = map.target(kind, request.getSecondary());
    return group != null
        && target != null
        && group.secondary() == target.id()
        && target.consistency() == Consistency.NEEDS_RESYNC;
  }
}
