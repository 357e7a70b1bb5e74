package org.skep.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Gives metadata shards their secondaries, for an administrator who leaves it to us. Pure and
/// deterministic.
///
/// A shard that holds something stays where it is, and gets a secondary out of the targets of other
/// nodes that can be one: spares, and targets whose shard is empty and so can be given up. As many
/// shards as can be get one; of several targets it is the one in another failure domain, a spare
/// before an empty one and that before a spare which its server keeps, of the node with the most to
/// give, at last of the next node, so that equal nodes are a ring. Empty shards that are left then
/// get the spares that are left, or are put into pairs as [Pairing] does, or get a kept spare. That
/// kept spares are left over is as it should be.
public final class ShardPairing {

  /// The shards that want a secondary, and what can be one, the best first.
  private enum Part {
    HOLDS,
    SPARE,
    EMPTY,
    KEPT_SPARE
  }

  /// @param path components of the failure domain, filled up to the deepest one's length
  private record Candidate(Target target, Part part, List<String> path) {
    int id() {
      return target.id();
    }

    int nodeId() {
      return target.nodeId();
    }
  }

  private final List<Pairing.Pair> pairs = new ArrayList<>();
  private final List<Pairing.Left> left = new ArrayList<>();
  private final List<Integer> nodeIds;

  private ShardPairing(List<Integer> nodeIds) {
    this.nodeIds = nodeIds;
  }

  /// A plan for the shards without a secondary. Targets that are Offline are left over.
  ///
  /// @param empty the shards that are known to hold nothing
  public static Pairing.Plan of(ClusterMap map, Set<Integer> empty) {
    ShardPairing plan =
        new ShardPairing(map.nodesOf(NodeKind.METADATA).stream().map(Node::id).sorted().toList());
    plan.make(map, plan.candidates(map, empty));
    plan.left.sort(Comparator.comparingInt(Pairing.Left::targetId));
    return new Pairing.Plan(plan.pairs, plan.left);
  }

  private List<Candidate> candidates(ClusterMap map, Set<Integer> empty) {
    List<Candidate> candidates = new ArrayList<>();
    int depth =
        map.targetsOf(NodeKind.METADATA).stream()
            .mapToInt(target -> Pairing.domain(map, target).size())
            .max()
            .orElse(0);
    for (Target target : map.targetsOf(NodeKind.METADATA)) {
      BuddyGroup shard = map.groupOf(target.kind(), target.id());
      if (shard != null && shard.isPair()) {
        continue;
      }
      if (target.reachability() == Reachability.OFFLINE) {
        if (shard != null || !target.keptSpare()) {
          left.add(new Pairing.Left(target.id(), "it is Offline"));
        }
        continue;
      }
      List<String> path = new ArrayList<>(Pairing.domain(map, target));
      while (path.size() < depth) {
        path.add("");
      }
      candidates.add(new Candidate(target, part(map, target, shard, empty), path));
    }
    return candidates;
  }

  private static Part part(
      ClusterMap map, Target target, @Nullable BuddyGroup shard, Set<Integer> empty) {
    if (shard == null) {
      return target.keptSpare() ? Part.KEPT_SPARE : Part.SPARE;
    }
    return shard.id() != map.rootShard() && empty.contains(shard.id()) ? Part.EMPTY : Part.HOLDS;
  }

  private void make(ClusterMap map, List<Candidate> candidates) {
    List<Candidate> givers = new ArrayList<>(candidates);
    givers.removeIf(candidate -> candidate.part() == Part.HOLDS);
    List<Candidate> holders = new ArrayList<>(candidates);
    holders.removeIf(candidate -> candidate.part() != Part.HOLDS);
    for (Candidate holder : matched(holders, givers)) {
      left.add(
          new Pairing.Left(
              holder.id(),
              "its shard holds something, and no spare or empty metadata target of another server"
                  + " is left"));
    }
    List<Candidate> spares = of(Part.SPARE, givers);
    List<Candidate> rest = matched(of(Part.EMPTY, givers), spares);
    spares.forEach(spare ->
        left.add(new Pairing.Left(spare.id(), "no shard of another server needs this spare")));
    Pairing.Plan among =
        Pairing.among(map, rest.stream().map(Candidate::target).toList(), led(map));
    pairs.addAll(among.pairs());
    Map<Integer, Pairing.Left> alone = new TreeMap<>();
    among.left().forEach(one -> alone.put(one.targetId(), one));
    rest.removeIf(candidate -> !alone.containsKey(candidate.id()));
    matched(rest, of(Part.KEPT_SPARE, givers)).forEach(one -> left.add(alone.get(one.id())));
  }

  private static List<Candidate> of(Part part, List<Candidate> candidates) {
    List<Candidate> of = new ArrayList<>(candidates);
    of.removeIf(candidate -> candidate.part() != part);
    return of;
  }

  /// By node id, how many shards with two members it leads.
  private Map<Integer, Integer> led(ClusterMap map) {
    SortedMap<Integer, Integer> led = new TreeMap<>();
    List<Integer> primaries = new ArrayList<>();
    map.groupsOf(NodeKind.METADATA).stream()
        .filter(BuddyGroup::isPair)
        .forEach(group -> primaries.add(group.primary()));
    pairs.forEach(pair -> primaries.add(pair.primary()));
    for (int primary : primaries) {
      Node node = map.nodeOfTarget(NodeKind.METADATA, primary);
      if (node != null) {
        led.merge(node.id(), 1, Integer::sum);
      }
    }
    return led;
  }

  /// Gives each shard a secondary, as many as can be (augmenting paths), and takes those given out
  /// of `givers`.
  ///
  /// @return the shards that got none
  private List<Candidate> matched(List<Candidate> shards, List<Candidate> givers) {
    SortedMap<Integer, Candidate> takerOf = new TreeMap<>();
    List<Candidate> without = new ArrayList<>();
    for (Candidate shard : shards) {
      if (!take(shard, givers, takerOf, new HashSet<>())) {
        without.add(shard);
      }
    }
    Set<Integer> given = new TreeSet<>(takerOf.keySet());
    List<Pairing.Pair> made = new ArrayList<>();
    takerOf.forEach((giver, shard) -> made.add(new Pairing.Pair(shard.id(), giver)));
    made.sort(Comparator.comparingInt(Pairing.Pair::primary));
    pairs.addAll(made);
    givers.removeIf(giver -> given.contains(giver.id()));
    return without;
  }

  private boolean take(
      Candidate shard,
      List<Candidate> givers,
      SortedMap<Integer, Candidate> takerOf,
      Set<Integer> tried) {
    for (Candidate giver : inOrder(shard, givers, takerOf)) {
      if (!tried.add(giver.id())) {
        continue;
      }
      Candidate taker = takerOf.get(giver.id());
      if (taker == null || take(taker, givers, takerOf, tried)) {
        takerOf.put(giver.id(), shard);
        return true;
      }
    }
    return false;
  }

  /// The givers of other nodes, the best one first.
  private List<Candidate> inOrder(
      Candidate shard, List<Candidate> givers, SortedMap<Integer, Candidate> takerOf) {
    SortedMap<Integer, Integer> leftOfNode = new TreeMap<>();
    for (Candidate giver : givers) {
      leftOfNode.merge(giver.nodeId(), takerOf.containsKey(giver.id()) ? 0 : 1, Integer::sum);
    }
    return givers.stream()
        .filter(giver -> giver.nodeId() != shard.nodeId())
        .sorted(
            Comparator.<Candidate>comparingInt(giver -> inCommon(shard, giver))
                .thenComparing(Candidate::part)
                .thenComparingInt(giver -> -leftOfNode.getOrDefault(giver.nodeId(), 0))
                .thenComparingInt(giver -> steps(shard.nodeId(), giver.nodeId()))
                .thenComparingInt(giver -> -giver.id()))
        .toList();
  }

  /// How many components of the failure domain two have in common, from the first one on.
  private static int inCommon(Candidate one, Candidate other) {
    int count = 0;
    while (count < one.path().size() && one.path().get(count).equals(other.path().get(count))) {
      count++;
    }
    return count;
  }

  /// From one node to the other around the ring of all.
  private int steps(int from, int to) {
    return Math.floorMod(nodeIds.indexOf(to) - nodeIds.indexOf(from), Math.max(1, nodeIds.size()));
  }
}
