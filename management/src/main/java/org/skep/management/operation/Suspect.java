package org.skep.management.operation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.management.state.Command.ReachabilityChange;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Network.RefusedException;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.message.Empty;
import org.skep.wire.message.SuspectRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Somebody was refused a connection to all endpoints of a server. Management looks for itself: if
/// they refuse it as well, the process is gone, holds no lease, and its targets are Offline when
/// this is answered, together with those of its buddies' processes that are gone as well. A
/// time-out or any other failure says nothing.
///
/// At most one look at a node is under way and one more waits for it, at least 50 ms after it; who
/// asks meanwhile is answered at once, since the one that waits looks for him as well.
public final class Suspect implements Handler<SuspectRequest, Empty> {
  private static final Logger LOGGER = LoggerFactory.getLogger(Suspect.class);
  private static final long CONNECT_NANOS = 300_000_000L;
  private static final long PAUSE_NANOS = 50_000_000L;

  private record Key(NodeKind kind, int id) {}

  /// The looks at one node.
  private static final class Looks {
    private boolean running;
    private boolean waiting;
    private long endedNanos;
  }

  private final Desk desk;
  private final Gate gate;
  // guarded by gate
  private final Map<Key, Looks> nodes = new HashMap<>();

  public Suspect(Desk desk) {
    this.desk = desk;
    this.gate = new Gate(desk.clock());
  }

  @Override
  public Outcome<Empty> handle(SuspectRequest request, Exchange exchange) {
    Failure refusal = desk.unlessLeader();
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    KnownNode known =
        KnownNode.of(
            desk.machine().map(), request.getKind(), request.getNodeId(), request.getIncarnation());
    try {
      return switch (known) {
        case KnownNode.Refused(Failure failure) -> Outcome.refused(failure);
        case KnownNode.Present(Node node) -> suspect(node);
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Outcome.refused(Failure.retry("management is stopping"));
    }
  }

  private Outcome<Empty> suspect(Node node) throws InterruptedException {
    Failure failure = null;
    if (!isKnownOffline(node) && begin(node)) {
      try {
        failure = look(node);
      } finally {
        end(node);
      }
    }
    return failure == null ? Outcome.done(Empty.getDefaultInstance()) : Outcome.refused(failure);
  }

  private boolean isKnownOffline(Node node) {
    return desk.machine().map().targetsOf(node.kind()).stream()
        .filter(target -> target.nodeId() == node.id())
        .allMatch(target -> target.reachability() == Reachability.OFFLINE);
  }

  /// @return false if somebody else looks, later than now
  private boolean begin(Node node) throws InterruptedException {
    gate.lock();
    try {
      Key key = new Key(node.kind(), node.id());
      Looks looks = nodes.get(key);
      if (looks == null) {
        forgetRemoved();
        looks = new Looks();
        looks.endedNanos = desk.now() - PAUSE_NANOS;
        nodes.put(key, looks);
      }
      if (looks.waiting) {
        return false;
      }
      looks.waiting = true;
      try {
        long restNanos = restNanos(looks);
        while (restNanos > 0) {
          gate.awaitNanos(restNanos);
          restNanos = restNanos(looks);
        }
        looks.running = true;
        return true;
      } finally {
        looks.waiting = false;
      }
    } finally {
      gate.unlock();
    }
  }

  private long restNanos(Looks looks) {
    return looks.running ? CONNECT_NANOS : looks.endedNanos + PAUSE_NANOS - desk.now();
  }

  private void forgetRemoved() {
    ClusterMap map = desk.machine().map();
    nodes
        .entrySet()
        .removeIf(entry ->
            map.node(entry.getKey().kind(), entry.getKey().id()) == null
                && !entry.getValue().running
                && !entry.getValue().waiting);
  }

  private void end(Node node) {
    gate.lock();
    try {
      Looks looks = nodes.get(new Key(node.kind(), node.id()));
      if (looks != null) {
        looks.running = false;
        looks.endedNanos = desk.now();
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  private @Nullable Failure look(Node node) {
    List<ReachabilityChange> changes = new ArrayList<>(changesIfGone(node));
    if (!changes.isEmpty()) {
      // Who has lost both members of a group at once must not call one of them primary that is gone
      // as well: the other would count as behind, though neither has served alone.
      for (Node buddy : buddies(node)) {
        changes.addAll(changesIfGone(buddy));
      }
    }
    return desk.submit(changes);
  }

  private List<ReachabilityChange> changesIfGone(Node node) {
    long sinceNanos = desk.now();
    if (!isRefused(node)) {
      return List.of();
    }
    ClusterMap map = desk.machine().map();
    Node present = map.node(node.kind(), node.id());
    if (present == null || present.incarnation() != node.incarnation()) {
      return List.of();
    }
    List<ReachabilityChange> changes = desk.heartbeats().gone(map, present, sinceNanos);
    if (!changes.isEmpty()) {
      LOGGER
          .atWarn()
          .addKeyValue("kind", node.kind().label())
          .addKeyValue("node", node.id())
          .addKeyValue("name", node.name())
          .addKeyValue("endpoints", node.endpoints())
          .log("is gone: its host refuses connections");
    }
    return changes;
  }

  /// The other nodes that have a member of a group of which this one has a member.
  private List<Node> buddies(Node node) {
    ClusterMap map = desk.machine().map();
    return map.groupsOf(node.kind()).stream()
        .filter(BuddyGroup::isPair)
        .map(group -> List.of(nodeOf(map, group, true), nodeOf(map, group, false)))
        .filter(members -> members.stream().anyMatch(member -> member.id() == node.id()))
        .flatMap(List::stream)
        .filter(member -> member.id() != node.id() && !isKnownOffline(member))
        .distinct()
        .toList();
  }

  private static Node nodeOf(ClusterMap map, BuddyGroup group, boolean primary) {
    Target target = map.target(group.kind(), primary ? group.primary() : group.secondary());
    Node node = target == null ? null : map.node(group.kind(), target.nodeId());
    if (node == null) {
      throw new IllegalStateException("the map has no node of a member of " + group);
    }
    return node;
  }

  /// Whether each endpoint at which it could be reached from here is refused, and there is one.
  private boolean isRefused(Node node) {
    boolean sameHost = node.hostId().equals(desk.network().hostId());
    boolean refused = false;
    for (Endpoint endpoint : node.endpoints()) {
      if (!sameHost && isOfItsHostOnly(endpoint)) {
        continue;
      }
      try {
        desk.network().connect(endpoint, CONNECT_NANOS).close();
        return false;
      } catch (RefusedException e) {
        refused = true;
      } catch (IOException e) {
        LOGGER.debug("{} node {} does not answer", node.kind().label(), node.id(), e);
        return false;
      }
    }
    return refused;
  }

  private static boolean isOfItsHostOnly(Endpoint endpoint) {
    return switch (endpoint) {
      case Endpoint.Unix _ -> true;
      case Endpoint.Tcp(String host, int _) ->
          host.startsWith("127.") || host.equals("::1") || host.equals("localhost");
    };
  }
}
