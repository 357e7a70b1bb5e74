package org.skep.metadata.serving;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.CapacityPool;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Layout;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.StripePattern;
import org.skep.cluster.Target;
import org.skep.metadata.operation.Placement;
import org.skep.runtime.port.Chance;
import org.skep.runtime.route.MapSource;
import org.skep.wire.message.Kind;
import org.skep.wire.message.TargetStatus;

/// Chooses targets (or groups) by chance, weighted by free space, in this order: online ones of the
/// Normal pool, then of the Low pool; only where there is neither, those of the Emergency pool, and
/// only where nothing is online, the others. Any thread may call it.
public final class SpacePlacement implements Placement {
  private static final int UNKNOWN_WEIGHT = 1;

  private final MapSource maps;
  private final Chance chance;
  private volatile Map<Integer, Space> storage = Map.of();
  private volatile Map<Integer, Space> metadata = Map.of();

  private record Space(CapacityPool pool, long weight) {}

  /// @param rank lower ones come first
  private record Candidate(int id, int rank, long weight) {}

  public SpacePlacement(MapSource maps, Chance chance) {
    this.maps = maps;
    this.chance = chance;
  }

  /// Takes over what management knows of free space.
  public void update(List<TargetStatus> targets) {
    Map<Integer, Space> storageSpace = new TreeMap<>();
    Map<Integer, Space> metadataSpace = new TreeMap<>();
    for (TargetStatus target : targets) {
      int pool = target.getCapacityPool();
      if (target.getReport().hasSpace() && pool >= 0 && pool < CapacityPool.values().length) {
        // In MiB, so that the sum of all fits.
        long weight = (target.getReport().getSpace().getFreeBytes() >>> 20) + UNKNOWN_WEIGHT;
        Map<Integer, Space> spaces =
            target.getKind() == Kind.STORAGE ? storageSpace : metadataSpace;
        spaces.put(
            target.getReport().getTargetId(), new Space(CapacityPool.values()[pool], weight));
      }
    }
    storage = storageSpace;
    metadata = metadataSpace;
  }

  @Override
  public @Nullable Layout layout(StripePattern pattern) {
    ClusterMap map = maps.current();
    List<Candidate> candidates = new ArrayList<>();
    switch (pattern.kind()) {
      case RAID0 -> {
        for (Target target : map.targetsOf(NodeKind.STORAGE)) {
          if (target.storagePoolId() == pattern.storagePoolId()) {
            candidates.add(candidate(target.id(), target, storage));
          }
        }
      }
      case BUDDY_MIRROR -> {
        for (BuddyGroup group : map.groupsOf(NodeKind.STORAGE)) {
          Target primary = map.target(NodeKind.STORAGE, group.primary());
          if (primary != null && primary.storagePoolId() == pattern.storagePoolId()) {
            candidates.add(candidate(map, group, storage));
          }
        }
      }
    }
    List<Integer> chosen = choose(candidates, pattern.targetCount());
    return chosen.isEmpty() ? null : new Layout(pattern.kind(), pattern.chunkBytes(), chosen);
  }

  @Override
  public int directoryShard(int parentShard) {
    ClusterMap map = maps.current();
    List<Candidate> candidates = new ArrayList<>();
    for (BuddyGroup group : map.groupsOf(NodeKind.METADATA)) {
      candidates.add(candidate(map, group, metadata));
    }
    List<Integer> chosen = choose(candidates, 1);
    return chosen.isEmpty() ? parentShard : chosen.getFirst();
  }

  /// A group has the room of the member that has less; it is away if it has no Good member online.
  private static Candidate candidate(ClusterMap map, BuddyGroup group, Map<Integer, Space> spaces) {
    int pool = CapacityPool.NORMAL.ordinal();
    long weight = Long.MAX_VALUE;
    boolean serves = false;
    for (int id : new int[] {group.primary(), group.secondary()}) {
      Target member = map.target(group.kind(), id);
      if (member != null) {
        Space space = spaces.getOrDefault(id, new Space(CapacityPool.NORMAL, UNKNOWN_WEIGHT));
        pool = Math.max(pool, space.pool.ordinal());
        weight = Math.min(weight, space.weight);
        serves |=
            member.consistency() == Consistency.GOOD
                && member.reachability() == Reachability.ONLINE;
      }
    }
    return new Candidate(group.id(), (serves ? 0 : CapacityPool.values().length) + pool, weight);
  }

  private static Candidate candidate(int id, Target target, Map<Integer, Space> spaces) {
    Space space = spaces.getOrDefault(target.id(), new Space(CapacityPool.NORMAL, UNKNOWN_WEIGHT));
    int away = target.reachability() == Reachability.ONLINE ? 0 : CapacityPool.values().length;
    return new Candidate(id, away + space.pool.ordinal(), space.weight);
  }

  private List<Integer> choose(List<Candidate> candidates, int count) {
    List<Integer> chosen = new ArrayList<>();
    candidates.sort(Comparator.comparingInt(Candidate::rank));
    for (int at = 0; at < candidates.size() && chosen.size() < count; ) {
      int rank = candidates.get(at).rank;
      List<Candidate> equal = new ArrayList<>();
      while (at < candidates.size() && candidates.get(at).rank == rank) {
        equal.add(candidates.get(at++));
      }
      // Fewer stripes are better than one on a target that is full or away.
      if (chosen.isEmpty() || rank <= CapacityPool.LOW.ordinal()) {
        draw(equal, count, chosen);
      }
    }
    return chosen;
  }

  private void draw(List<Candidate> equal, int count, List<Integer> chosen) {
    long sum = equal.stream().mapToLong(Candidate::weight).sum();
    while (!equal.isEmpty() && chosen.size() < count) {
      long mark = Long.remainderUnsigned(chance.nextLong(), sum);
      int i = 0;
      while (mark >= equal.get(i).weight) {
        mark -= equal.get(i).weight;
        i++;
      }
      Candidate drawn = equal.remove(i);
      sum -= drawn.weight;
      chosen.add(drawn.id);
    }
  }
}
