package org.skep.management.heartbeat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.management.heartbeat.Fences.Suspension;
import org.skep.management.state.Command.Occurrence;
import org.skep.management.state.Command.ReachabilityChange;
import org.skep.wire.message.TargetReport;

/// The leader's memory of who was heard when, and what follows from it. Any thread may call it;
/// times are the caller's clock.
///
/// | target | becomes |
/// | --- | --- |
/// | its node left on purpose, or nobody listens at its endpoints | Offline |
/// | heard less than half the time-out ago | Online |
/// | silent for half the time-out, or did not answer when it was to go on without its buddy, and was not heard since | Probably-offline |
/// | silent for all of it | Offline |
/// | never heard by this leader | as if heard when the leader met this life of its node, but never better than it is |
///
/// A target is heard when its node's present incarnation reports it. Nothing is remembered of nodes
/// and targets that are not in the map, so the map's limits bound this memory.
///
/// It also gives the leases, or not: see [Fences]. That is decided under the same monitor as who is
/// Offline, so that nobody gets a lease while it is being called so.
public final class Heartbeats {

  /// Shorter ones would be within the noise of a busy host.
  public static final long TIMEOUT_NANOS_MIN = 1_000_000_000L;

  public static final long TIMEOUT_NANOS_MAX = 600_000_000_000L;

  /// When a heartbeat that is waited for is wanted.
  private static final long SOON_NANOS = 50_000_000L;

  private record Key(NodeKind kind, int id) {}

  /// The last sign of a target.
  ///
  /// @param report null if it was only registered
  public record Sign(long heardNanos, @Nullable TargetReport report) {}

  private final long timeoutNanos;
  // guarded by this
  private final Map<Key, Heard> nodes = new HashMap<>();
  // guarded by this
  private long beganNanos;
  // guarded by this
  private final Fences fences = new Fences();

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

  /// How long the watch may be late before it is said that this process stood still.
  long stillNanos() {
    return timeoutNanos / 4;
  }

  /// When the next heartbeat is wanted.
  public long intervalNanos(boolean soon) {
    return soon ? Math.min(SOON_NANOS, intervalNanos()) : intervalNanos();
  }

  /// How long a lease is good, from the sending of the heartbeat on: three fifths of the time-out,
  /// so that it is over before the target is Offline even if the clocks differ by a third.
  public long leaseNanos() {
    return timeoutNanos / 5 * 3;
  }

  /// How often to look for changes: a twentieth of the time-out, at most 200 ms.
  long lookNanos() {
    return Math.min(200_000_000L, timeoutNanos / 20);
  }

  /// This peer has become the leader: everybody gets a full time-out.
  public synchronized void begin(long nowNanos) {
    nodes.clear();
    fences.clear();
    beganNanos = nowNanos;
  }

  /// This process stood still for a while and has heard nobody meanwhile: everybody gets a full
  /// time-out.
  public synchronized void resume(long nowNanos) {
    beganNanos = nowNanos;
  }

  /// A node was registered: a sign of all its targets.
  public synchronized void registered(
      NodeKind kind, int nodeId, long incarnation, List<Integer> targetIds, long nowNanos) {
    Heard heard = new Heard(incarnation, nowNanos);
    targetIds.forEach(id -> heard.targets.put(id, new Sign(nowNanos, null)));
    nodes.put(new Key(kind, nodeId), heard);
  }

  /// A heartbeat came. Reports of targets that are not this node's are dropped.
  ///
  /// @param maps gives the present map; asked while nothing is being decided
  /// @param sender the node as the map had it
  /// @param mapVersion of the map that the sender has
  public synchronized Hearing heard(
      Supplier<ClusterMap> maps,
      Node sender,
      long mapVersion,
      List<TargetReport> reports,
      long nowNanos) {
    ClusterMap map = maps.get();
    Node node = map.node(sender.kind(), sender.id());
    if (node == null || node.incarnation() != sender.incarnation()) {
      return new Hearing.Replaced();
    }
    Heard heard = met(node, nowNanos);
    if (heard.left) {
      return new Hearing.Left();
    }
    heard.gone = false;
    heard.unanswered = false;
    fences.look(map);
    GroupListening listening = new GroupListening(fences, map, heard, mapVersion);
    for (TargetReport report : reports) {
      Target target = map.target(node.kind(), report.getTargetId());
      if (target != null && target.nodeId() == node.id()) {
        heard.targets.put(target.id(), new Sign(nowNanos, report));
        BuddyGroup pair = map.pairOf(target.kind(), target.id());
        if (pair != null) {
          listening.hear(target, pair, report);
        }
      }
    }
    return listening.result();
  }

  /// What a heartbeat gave to submit could not be: it is given again with the next one.
  public synchronized void undecided(ClusterMap map, List<Occurrence> occurrences) {
    for (Occurrence occurrence : occurrences) {
      Target target = map.target(occurrence.kind(), occurrence.event().target());
      Heard heard = target == null ? null : heardOf(map, target);
      if (heard != null && occurrence.event() instanceof GroupEvent.Unsure(int targetId)) {
        heard.unsure.remove(targetId);
      }
    }
  }

  /// The node's present incarnation stops on purpose: it serves nothing and is not heard any more.
  ///
  /// @return what to submit; [#settled] is to be told of it
  public synchronized List<ReachabilityChange> left(ClusterMap map, Node node) {
    met(node, beganNanos).left = true;
    return offline(map, node);
  }

  /// Nobody listens at the node's endpoints any more: its present incarnation is not there. If it
  /// is heard again, that was wrong.
  ///
  /// @param sinceNanos when they were tried; who was heard later is not gone
  /// @return what to submit; [#settled] is to be told of it
  public synchronized List<ReachabilityChange> gone(ClusterMap map, Node node, long sinceNanos) {
    Heard heard = met(node, beganNanos);
    if (heard.targets.values().stream().anyMatch(sign -> sign.heardNanos() >= sinceNanos)) {
      return List.of();
    }
    heard.gone = true;
    return offline(map, node);
  }

  /// The node's present incarnation did not answer at its endpoints: it is not Online until it is
  /// heard again.
  ///
  /// @param sinceNanos when they were tried; who was heard later is there
  /// @return what to submit; [#settled] is to be told of it
  public synchronized List<ReachabilityChange> unanswered(
      ClusterMap map, Node node, long sinceNanos) {
    Heard heard = met(node, beganNanos);
    if (heard.targets.values().stream().anyMatch(sign -> sign.heardNanos() >= sinceNanos)) {
      return List.of();
    }
    heard.unanswered = true;
    return map.targetsOf(node.kind()).stream()
        .filter(target -> target.nodeId() == node.id())
        .filter(target -> target.reachability() == Reachability.ONLINE)
        .map(target ->
            new ReachabilityChange(
                node.kind(), target.id(), node.incarnation(), Reachability.PROBABLY_OFFLINE))
        .toList();
  }

  private List<ReachabilityChange> offline(ClusterMap map, Node node) {
    List<ReachabilityChange> changes = new ArrayList<>();
    for (Target target : map.targets()) {
      if (target.kind() == node.kind() && target.nodeId() == node.id()) {
        fences.doubt(target);
        changes.add(
            new ReachabilityChange(
                node.kind(), target.id(), node.incarnation(), Reachability.OFFLINE));
      }
    }
    return changes;
  }

  /// These changes have been decided by the log, and the map has them.
  public synchronized void settled(List<ReachabilityChange> changes) {
    changes.forEach(change -> fences.settle(change.kind(), change.targetId()));
  }

  /// Gives the member no lease from now on, in this epoch of its group, until [#release].
  public synchronized Fence suspend(Supplier<ClusterMap> maps, Target target, BuddyGroup group) {
    ClusterMap map = maps.get();
    return new Fence(target, fences.suspendFor(target, group, map.version()));
  }

  /// A member of a group that somebody has suspended and waits for.
  public static final class Fence {
    private final Target target;
    private final Suspension suspension;

    private Fence(Target target, Suspension suspension) {
      this.target = target;
      this.suspension = suspension;
    }
  }

  /// Whether the member can hold no lease any more: it has said so, left, is gone, or was silent
  /// for the whole time-out.
  public synchronized boolean isFenced(Fence fence, ClusterMap map, long nowNanos) {
    if (fence.suspension.isFenced()) {
      return true;
    }
    Heard heard = heardOf(map, fence.target);
    if (heard != null && (heard.left || heard.gone)) {
      return true;
    }
    return silentNanos(heard, fence.target, nowNanos) >= timeoutNanos;
  }

  /// The suspension is over.
  ///
  /// @param toSubmit if nobody knows whether it was decided: what is submitted again with the
  ///   member's next heartbeat, before it gets a lease; else null
  public synchronized void release(Fence fence, @Nullable GroupEvent toSubmit) {
    fences.release(fence.target, fence.suspension, toSubmit);
  }

  private long silentNanos(@Nullable Heard heard, Target target, long nowNanos) {
    if (heard == null) {
      return nowNanos - beganNanos;
    }
    Sign sign = heard.targets.get(target.id());
    return nowNanos - Math.max(beganNanos, sign == null ? heard.metNanos : sign.heardNanos());
  }

  /// The last sign of the target, or null if this leader has had none.
  public synchronized @Nullable Sign sign(ClusterMap map, Target target) {
    Heard heard = heardOf(map, target);
    return heard == null ? null : heard.targets.get(target.id());
  }

  /// The targets whose reachability in the map is not what follows from the signs, and those of
  /// which it is not known whether a former decision was taken. Forgets nodes that are not in the
  /// map any more.
  ///
  /// @return what to submit; [#settled] is to be told of it
  public synchronized List<ReachabilityChange> decide(ClusterMap map, long nowNanos) {
    nodes.keySet().removeIf(key -> map.node(key.kind(), key.id()) == null);
    List<ReachabilityChange> changes = new ArrayList<>();
    for (Target target : map.targets()) {
      Node node = map.nodeOfTarget(target.kind(), target.id());
      if (node == null) {
        continue;
      }
      Reachability reachability = reachability(met(node, nowNanos), target, nowNanos);
      if (reachability == target.reachability() && !fences.isInDoubt(target)) {
        continue;
      }
      if (reachability == Reachability.OFFLINE) {
        fences.doubt(target);
      }
      changes.add(
          new ReachabilityChange(target.kind(), target.id(), node.incarnation(), reachability));
    }
    return changes;
  }

  /// What is known of the node's present life. One that is met for the first time has just been
  /// registered, or this leader has just begun.
  private Heard met(Node node, long nowNanos) {
    Key key = new Key(node.kind(), node.id());
    Heard heard = nodes.get(key);
    if (heard == null || heard.incarnation != node.incarnation()) {
      heard = new Heard(node.incarnation(), nowNanos);
      nodes.put(key, heard);
    }
    return heard;
  }

  private @Nullable Heard heardOf(ClusterMap map, Target target) {
    Node node = map.nodeOfTarget(target.kind(), target.id());
    Heard heard = node == null ? null : nodes.get(new Key(node.kind(), node.id()));
    return heard != null && node != null && heard.incarnation == node.incarnation() ? heard : null;
  }

  private Reachability reachability(Heard heard, Target target, long nowNanos) {
    if (heard.left || heard.gone) {
      return Reachability.OFFLINE;
    }
    Sign sign = heard.targets.get(target.id());
    Reachability supposed = bySilence(silentNanos(heard, target, nowNanos));
    if (heard.unanswered && supposed == Reachability.ONLINE) {
      supposed = Reachability.PROBABLY_OFFLINE;
    }
    if (sign != null && sign.heardNanos() >= beganNanos) {
      return supposed;
    }
    return supposed.compareTo(target.reachability()) > 0 ? supposed : target.reachability();
  }

  private Reachability bySilence(long silentNanos) {
    if (silentNanos >= timeoutNanos) {
      return Reachability.OFFLINE;
    }
    return silentNanos >= timeoutNanos / 2 ? Reachability.PROBABLY_OFFLINE : Reachability.ONLINE;
  }
}
