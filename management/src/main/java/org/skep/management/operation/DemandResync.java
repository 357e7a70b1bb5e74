package org.skep.management.operation;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import org.skep.runtime.rpc.Exchange;
import org.skep.wire.Failure;
import org.skep.wire.message.DemandResyncRequest;
import org.skep.wire.message.Kind;

/// A primary was asked for a resync: its secondary is Needs-resync when this is answered.
public final class DemandResync extends TargetOperation<DemandResyncRequest> {
  public DemandResync(Desk desk) {
    super(desk);
  }

  @Override
  Kind kind(DemandResyncRequest request) {
    return request.getKind();
  }

  @Override
  @Nullable Failure carryOut(NodeKind kind, DemandResyncRequest request, Exchange exchange) {
    if (isWantedAlready(kind, request)) {
      return null;
    }
    GroupEvent event = new GroupEvent.Demand(request.getSecondary());
    Failure failure = new GroupRequest(desk, kind, request.getGroupId(), event).submit();
    return isWantedAlready(kind, request) ? null : failure;
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
