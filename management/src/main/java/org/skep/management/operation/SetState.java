package org.skep.management.operation;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.runtime.rpc.Exchange;
import org.skep.wire.Failure;
import org.skep.wire.message.Kind;
import org.skep.wire.message.SetStateRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An administrator declares a member of a buddy group Good or Bad.
public final class SetState extends TargetOperation<SetStateRequest> {
  private static final Logger LOGGER = LoggerFactory.getLogger(SetState.class);

  public SetState(Desk desk) {
    super(desk);
  }

  @Override
  Kind kind(SetStateRequest request) {
    return request.getKind();
  }

  @Override
  @Nullable Failure carryOut(NodeKind kind, SetStateRequest request, Exchange exchange) {
    int ordinal = request.getConsistency();
    if (ordinal != Consistency.GOOD.ordinal() && ordinal != Consistency.BAD.ordinal()) {
      return Failure.errno(Errno.EINVAL.number(), "a target is declared Good or Bad, nothing else");
    }
    return declare(kind, request.getTargetId(), Consistency.values()[ordinal]);
  }

  private @Nullable Failure declare(NodeKind kind, int targetId, Consistency consistency) {
    ClusterMap map = desk.machine().map();
    String name = kind.label() + " target " + Integer.toUnsignedString(targetId);
    if (map.target(kind, targetId) == null) {
      return Failure.errno(Errno.ENOENT.number(), "no " + name);
    }
    BuddyGroup group = map.pairOf(kind, targetId);
    if (group == null) {
      return Failure.errno(Errno.EINVAL.number(), name + " is in no buddy group");
    }
    GroupEvent event = new GroupEvent.Declare(targetId, consistency);
    Failure failure = new GroupRequest(desk, kind, group.id(), event).submit();
    if (failure == null) {
      LOGGER
          .atWarn()
          .addKeyValue("kind", kind.label())
          .addKeyValue("target", targetId)
          .addKeyValue("group", group.id())
          .addKeyValue("state", consistency.label())
          .log("an administrator has declared a target");
    }
    return failure;
  }
}
