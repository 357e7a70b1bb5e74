package org.skep.management.operation;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.Empty;
import org.skep.wire.message.SetStateRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An administrator declares a member of a buddy group Good or Bad.
public final class SetState implements Handler<SetStateRequest, Empty> {
  private static final Logger LOGGER = LoggerFactory.getLogger(SetState.class);

  private final Desk desk;

  public SetState(Desk desk) {
    this.desk = desk;
  }

  @Override
  public Outcome<Empty> handle(SetStateRequest request, Exchange exchange) {
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
    int ordinal = request.getConsistency();
    if (ordinal != Consistency.GOOD.ordinal() && ordinal != Consistency.BAD.ordinal()) {
      return Outcome.refused(
          Failure.errno(Errno.EINVAL.number(), "a target is declared Good or Bad, nothing else"));
    }
    Consistency consistency = Consistency.values()[ordinal];
    Failure failure = declare(kind, request.getTargetId(), consistency);
    return failure == null ? Outcome.done(Empty.getDefaultInstance()) : Outcome.refused(failure);
  }

  private @Nullable Failure declare(NodeKind kind, int targetId, Consistency consistency) {
    ClusterMap map = desk.machine().map();
    String name = kind.label() + " target " + Integer.toUnsignedString(targetId);
    if (map.target(kind, targetId) == null) {
      return Failure.errno(Errno.ENOENT.number(), "no " + name);
    }
    BuddyGroup group =
        map.groupsOf(kind).stream()
            .filter(pair -> pair.secondary() != BuddyGroup.NONE)
            .filter(pair -> pair.primary() == targetId || pair.secondary() == targetId)
            .findFirst()
            .orElse(null);
    if (group == null) {
      return Failure.errno(Errno.EINVAL.number(), name + " is in no buddy group");
    }
    LOGGER
        .atWarn()
        .addKeyValue("kind", kind.label())
        .addKeyValue("target", targetId)
        .addKeyValue("group", group.id())
        .addKeyValue("state", consistency.label())
        .log("an administrator declares a target");
    GroupEvent event = new GroupEvent.Declare(targetId, consistency);
    return new GroupRequest(desk, kind, group.id(), event).submit();
  }
}
