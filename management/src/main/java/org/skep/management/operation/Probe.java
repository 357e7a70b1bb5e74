package org.skep.management.operation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.management.state.Command.ReachabilityChange;
import org.skep.runtime.port.Network.RefusedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Management tries for itself who listens, when a process goes that has members of pairs: whoever
/// is to go on without it must be there. Any thread may call it.
final class Probe {
  private static final Logger LOGGER = LoggerFactory.getLogger(Probe.class);
  private static final long CONNECT_NANOS = 300_000_000L;

  private final Desk desk;

  Probe(Desk desk) {
    this.desk = desk;
  }

  private enum Result {
    /// Somebody listens.
    ANSWERS,
    /// Each endpoint refuses: the process is gone.
    REFUSES,
    /// Nobody listens, but not everywhere because there is no process: the host may be down.
    SILENT,
    /// There is no endpoint that could be reached from here.
    UNKNOWN
  }

  /// The node's targets are Offline if it refuses connections.
  ///
  /// @return what to submit
  List<ReachabilityChange> changesIfGone(Node node) {
    long sinceNanos = desk.now();
    return of(node) == Result.REFUSES ? gone(node, sinceNanos) : List.of();
  }

  /// What is to be said together with the end of a node: its buddies' processes that are gone as
  /// well are Offline, and those that do not answer are not Online until they are heard. So none of
  /// two that vanish within the time-out is put before the other by chance: who was to go on may
  /// have lost with its host what the first one still has.
  ///
  /// @return what to submit
  List<ReachabilityChange> ofBuddies(Node node) {
    List<ReachabilityChange> changes = new ArrayList<>();
    for (Node buddy : buddies(node)) {
      long sinceNanos = desk.now();
      changes.addAll(
          switch (of(buddy)) {
            case ANSWERS, UNKNOWN -> List.<ReachabilityChange>of();
            case REFUSES -> gone(buddy, sinceNanos);
            case SILENT -> desk.heartbeats().unanswered(desk.machine().map(), buddy, sinceNanos);
          });
    }
    return changes;
  }

  private List<ReachabilityChange> gone(Node node, long sinceNanos) {
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

  /// Whether the map has all targets of the node as Offline.
  boolean isKnownOffline(Node node) {
    return desk.machine().map().targetsOf(node.kind()).stream()
        .filter(target -> target.nodeId() == node.id())
        .allMatch(target -> target.reachability() == Reachability.OFFLINE);
  }

  private static Node nodeOf(ClusterMap map, BuddyGroup group, boolean primary) {
    Target target = map.target(group.kind(), primary ? group.primary() : group.secondary());
    Node node = target == null ? null : map.node(group.kind(), target.nodeId());
    if (node == null) {
      throw new IllegalStateException("the map has no node of a member of " + group);
    }
    return node;
  }

  private Result of(Node node) {
    boolean sameHost = node.hostId().equals(desk.network().hostId());
    Result result = Result.UNKNOWN;
    for (Endpoint endpoint : node.endpoints()) {
      if (!sameHost && isOfItsHostOnly(endpoint)) {
        continue;
      }
      try {
        desk.network().connect(endpoint, CONNECT_NANOS).close();
        return Result.ANSWERS;
      } catch (RefusedException e) {
        result = result == Result.SILENT ? result : Result.REFUSES;
      } catch (IOException e) {
        LOGGER.debug("{} node {} does not answer", node.kind().label(), node.id(), e);
        result = Result.SILENT;
      }
    }
    return result;
  }

  private static boolean isOfItsHostOnly(Endpoint endpoint) {
    return switch (endpoint) {
      case Endpoint.Unix _ -> true;
      case Endpoint.Tcp(String host, int _) ->
          host.startsWith("127.") || host.equals("::1") || host.equals("localhost");
    };
  }
}
