package org.skep.management.heartbeat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.management.state.Command.ReachabilityChange;
import org.skep.wire.message.TargetReport;

/// The leader's memory of who was heard when, and what follows from it. Any thread may call it;
/// times are the caller's clock.
///
/// | target | becomes |
/// | --- | --- |
/// | its node left on purpose | Offline |
/// | heard less than half the time-out ago | Online |
/// | silent for half the time-out | Probably-offline |
/// | silent for all of it | Offline |
/// | never heard by this leader | as if heard when the leader began, but never better than it is |
///
/// A target is heard when its node's present incarnation reports it. Nothing is remembered of nodes
/// and targets that are not in the map, so the map's limits bound this memory.
public final class Heartbeats {

  /// Shorter ones would be within the noise of a busy host.
  public static final long TIMEOUT_NANOS_MIN = 1_000_000_000L;

  public static final long TIMEOUT_NANOS_MAX = 600_000_000_000L;

  private record Key(NodeKind kind, int id) {}

  /// What is known of one node.
  private static final class Heard {
    private final long incarnation;
    private boolean left;
    private final Map<Integer, Sign> targets = new HashMap<>();

    Heard(long incarnation) {
      this.incarnation = incarnation;
    }
  }

  /// The last sign of a target.
  ///
  /// @param report null if it was only registered
  public record Sign(long heardNanos, @Nullable TargetReport report) {}

  private final long timeoutNanos;
  // guarded by this
  private final Map<Key, Heard> nodes = new HashMap<>();
  // guarded by this
  private long beganNanos;

  /// @param timeoutNanos the offline time-out
  public Heartbeats(long timeoutNanos, long nowNanos) {
    if (timeoutNanos < TIMEOUT_NANOS_MIN || timeoutNanos > TIMEOUT_NANOS_MAX) {
      throw new IllegalArgumentException(
          "the offline time-out is from 1 s to 10 min, not " + timeoutNanos / 1_000_000 + " ms");
    }
    this.timeoutNanos = timeoutNanos;
    this.beganNanos = nowNanos;
  }

  /// How often servers send one, so that a lost one does not matter: a fifth of the time-out, at
  /// most a second.
  public long intervalNanos() {
    return Math.min(1_000_000_000L, timeoutNanos / 5);
  }

  /// How often to look for changes: a twentieth of the time-out, at most 200 ms.
  long lookNanos() {
    return Math.min(200_000_000L, timeoutNanos / 20);
  }

  /// This peer has become the leader: everybody gets a full time-out.
  public synchronized void begin(long nowNanos) {
    nodes.clear();
    beganNanos = nowNanos;
  }

  /// A node was registered: a sign of all its targets.
  public synchronized void registered(
      NodeKind kind, int nodeId, long incarnation, List<Integer> targetIds, long nowNanos) {
    Heard heard = new Heard(incarnation);
    targetIds.forEach(id -> heard.targets.put(id, new Sign(nowNanos, null)));
    nodes.put(new Key(kind, nodeId), heard);
  }

  /// A heartbeat came from the node that the map has under this incarnation.
  ///
  /// @param map the present one; reports of targets that are not this node's are dropped
  /// @return false if this incarnation has left
  public synchronized boolean heard(
      ClusterMap map, Node node, List<TargetReport> reports, long nowNanos) {
    Key key = new Key(node.kind(), node.id());
    Heard heard = nodes.get(key);
    if (heard == null || heard.incarnation != node.incarnation()) {
      heard = new Heard(node.incarnation());
      nodes.put(key, heard);
    }
    if (heard.left) {
      return false;
    }
    for (TargetReport report : reports) {
      Target target = map.target(node.kind(), report.getTargetId());
      if (target != null && target.nodeId() == node.id()) {
        heard.targets.put(target.id(), new Sign(nowNanos, report));
      }
    }
    return true;
  }

  /// The node's present incarnation stops on purpose.
  public synchronized void left(Node node) {
    Heard heard = new Heard(node.incarnation());
    heard.left = true;
    nodes.put(new Key(node.kind(), node.id()), heard);
  }

  /// The last sign of the target, or null if this leader has had none.
  public synchronized @Nullable Sign sign(ClusterMap map, Target target) {
    Heard heard = heardOf(map, target);
    return heard == null ? null : heard.targets.get(target.id());
  }

  /// The targets whose reachability in the map is not what follows from the signs. Forgets nodes
  /// that are not in the map any more.
  public synchronized List<ReachabilityChange> decide(ClusterMap map, long nowNanos) {
    nodes.keySet().removeIf(key -> map.node(key.kind(), key.id()) == null);
    List<ReachabilityChange> changes = new ArrayList<>();
    for (Target target : map.targets()) {
      Node node = map.nodeOfTarget(target.kind(), target.id());
      Reachability reachability = reachability(heardOf(map, target), target, nowNanos);
      if (node != null && reachability != target.reachability()) {
        changes.add(
            new ReachabilityChange(target.kind(), target.id(), node.incarnation(), reachability));
      }
    }
    return changes;
  }

  private @Nullable Heard heardOf(ClusterMap map, Target target) {
    Node node = map.nodeOfTarget(target.kind(), target.id());
    Heard heard = node == null ? null : nodes.get(new Key(node.kind(), node.id()));
    return heard != null && node != null && heard.incarnation == node.incarnation() ? heard : null;
  }

  private Reachability reachability(@Nullable Heard heard, Target target, long nowNanos) {
    if (heard != null && heard.left) {
      return Reachability.OFFLINE;
    }
    Sign sign = heard == null ? null : heard.targets.get(target.id());
    if (sign != null) {
      return bySilence(nowNanos - sign.heardNanos());
    }
    Reachability supposed = bySilence(nowNanos - beganNanos);
    return supposed.compareTo(target.reachability()) > 0 ? supposed : target.reachability();
  }

  private Reachability bySilence(long silentNanos) {
    if (silentNanos >= timeoutNanos) {
      return Reachability.OFFLINE;
    }
    return silentNanos >= timeoutNanos / 2 ? Reachability.PROBABLY_OFFLINE : Reachability.ONLINE;
  }
}
