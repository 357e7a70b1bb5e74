package org.skep.management.operation;

import java.util.ArrayList;
import java.util.List;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.management.state.Command.ReachabilityChange;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.message.Empty;
import org.skep.wire.message.LeaveRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A server stops on purpose: its targets are Offline at once, before it is answered, together with
/// what [Probe] says of its buddies.
public final class Leave implements Handler<LeaveRequest, Empty> {
  private static final Logger LOGGER = LoggerFactory.getLogger(Leave.class);

  private final Desk desk;

  public Leave(Desk desk) {
    this.desk = desk;
  }

  @Override
  public Outcome<Empty> handle(LeaveRequest request, Exchange exchange) {
    Failure refusal = desk.unlessLeader();
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    ClusterMap map = desk.machine().map();
    KnownNode known =
        KnownNode.of(map, request.getKind(), request.getNodeId(), request.getIncarnation());
    return switch (known) {
      case KnownNode.Refused(Failure failure) -> Outcome.refused(failure);
      case KnownNode.Present(Node node) -> leave(map, node);
    };
  }

  private Outcome<Empty> leave(ClusterMap map, Node node) {
    List<ReachabilityChange> changes = new ArrayList<>(desk.heartbeats().left(map, node));
    changes.addAll(new Probe(desk).ofBuddies(node));
    LOGGER
        .atInfo()
        .addKeyValue("kind", node.kind().label())
        .addKeyValue("node", node.id())
        .addKeyValue("name", node.name())
        .log("leaves");
    Failure failure = desk.submit(changes);
    return failure == null ? Outcome.done(Empty.getDefaultInstance()) : Outcome.refused(failure);
  }
}
