package org.skep.simulation.fault;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.simulation.cluster.MetadataHost;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.SimulatedGroups;

/// A metadata server dies and comes back on its store: the process alone (`kill -9`), or its host
/// with everything that was not synced (power cut). The power is cut only of a member whose buddy
/// has everything and is well, and the buddy is spared until the member has everything again. So
/// nothing that was acknowledged may be lost.
public final class MemberCrash implements Fault {
  private final int powerCuts;
  private final long downNanosMax;
  private final long pauseNanos;
  private final Map<Integer, Cut> cuts = new TreeMap<>();

  /// The last power cut in a group.
  private record Cut(long epoch, int victim) {}

  /// @param powerCuts how many of a hundred crashes are power cuts, where they may be
  /// @param downNanosMax how long it is away
  public MemberCrash(int powerCuts, long downNanosMax, long pauseNanos) {
    this.powerCuts = powerCuts;
    this.downNanosMax = downNanosMax;
    this.pauseNanos = pauseNanos;
  }

  @Override
  public long pauseNanos() {
    return pauseNanos;
  }

  @Override
  public void strike(SimulatedCluster cluster) {
    SplittableRandom random = cluster.scheduler().random();
    List<MetadataHost> candidates = cluster.metadata().stream().filter(MetadataHost::isUp).toList();
    if (candidates.isEmpty()) {
      return;
    }
    MetadataHost victim = candidates.get(random.nextInt(candidates.size()));
    boolean cut = random.nextInt(100) < powerCuts;
    ClusterMap map = new SimulatedGroups(cluster, NodeKind.METADATA).newest();
    BuddyGroup group = groupOf(map, victim.targetId());
    if (isSpared(cluster, group, victim)) {
      return;
    }
    if (cut && group != null && mayBeCut(cluster, group)) {
      cuts.put(group.id(), new Cut(group.epoch(), victim.targetId()));
      victim.cutPower(random);
    } else {
      victim.kill();
    }
    cluster
        .scheduler()
        .after(
            random.nextLong(downNanosMax),
            () -> {
              if (!victim.isUp()) {
                victim.boot();
              }
            });
  }

  private static @Nullable BuddyGroup groupOf(ClusterMap map, int targetId) {
    return map.groupsOf(NodeKind.METADATA).stream()
        .filter(group -> group.has(NodeKind.METADATA, targetId))
        .findFirst()
        .orElse(null);
  }

  private boolean isSpared(
      SimulatedCluster cluster, @Nullable BuddyGroup group, MetadataHost victim) {
    Cut last = group == null ? null : cuts.get(group.id());
    return group != null
        && last != null
        && last.victim != victim.targetId()
        && !isOver(cluster, group, last);
  }

  /// Whether the member that lost its power has everything again.
  private static boolean isOver(SimulatedCluster cluster, BuddyGroup group, Cut last) {
    return group.epoch() > last.epoch
        && new SimulatedGroups(cluster, NodeKind.METADATA).isWhole(group);
  }

  private boolean mayBeCut(SimulatedCluster cluster, BuddyGroup group) {
    Cut last = cuts.get(group.id());
    return group.isPair()
        && new SimulatedGroups(cluster, NodeKind.METADATA).isWhole(group)
        && (last == null || isOver(cluster, group, last))
        && cluster.metadataOf(group.primary()).isServing()
        && cluster.metadataOf(group.secondary()).isServing();
  }
}
