package org.skep.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Puts targets that are in no group into pairs, for an administrator who leaves it to us. Pure and
/// deterministic.
///
/// The members of a pair are in the same storage pool and on different nodes. They are as far from
/// each other as can be: pairs are made first across the first component of the failure domain
/// (`room1/rack2`), with what is left across the second one, and so on, at last across nodes. At
/// each step the two classes with the most targets give one each, and a class gives the one of its
/// largest part: so no more targets than must be are left over, also of an odd number of nodes.
public final class Pairing {

  /// @param pairs in the order in which they were made
  /// @param left targets without a buddy, in the order of their ids
  public record Plan(List<Pair> pairs, List<Left> left) {
    public Plan {
      pairs = List.copyOf(pairs);
      left = List.copyOf(left);
    }
  }

  public record Pair(int primary, int secondary) {}

  /// @param reason for the operator
  public record Left(int targetId, String reason) {}

  /// A target and its way down: components of the failure domain, then the node.
  private record Candidate(int targetId, int nodeId, List<String> path) {}

  private final List<Pair> pairs = new ArrayList<>();
  private final List<Left> left = new ArrayList<>();
  // by node id, how many pairs it leads
  private final SortedMap<Integer, Integer> led = new TreeMap<>();

  private Pairing() {}

  /// A plan for the targets of this kind that are members of no group. Targets that are Offline are
  /// left over, since a new group should have both members.
  public static Plan of(ClusterMap map, NodeKind kind) {
    Pairing pairing = new Pairing();
    SortedMap<Integer, List<Target>> pools = new TreeMap<>();
    for (Target target : map.targetsOf(kind)) {
      if (isMember(map, target)) {
        continue;
      }
      if (target.reachability() == Reachability.OFFLINE) {
        pairing.left.add(new Left(target.id(), "it is Offline"));
      } else {
        pools.computeIfAbsent(target.storagePoolId(), _ -> new ArrayList<>()).add(target);
      }
    }
    pools.forEach((pool, targets) -> pairing.pair(map, pool, targets));
    pairing.left.sort(Comparator.comparingInt(Left::targetId));
    return new Plan(pairing.pairs, pairing.left);
  }

  /// Puts just these targets into pairs, whatever pool they are in.
  ///
  /// @param led by node id, how many groups it leads already
  static Plan among(ClusterMap map, List<Target> targets, Map<Integer, Integer> led) {
    Pairing pairing = new Pairing();
    pairing.led.putAll(led);
    for (Candidate candidate : pairing.pair(map, targets)) {
      pairing.left.add(
          new Left(
              candidate.targetId(),
              "no target of another node than " + candidate.nodeId() + " is left for it"));
    }
    return new Plan(pairing.pairs, pairing.left);
  }

  private static boolean isMember(ClusterMap map, Target target) {
    return map.groups().stream().anyMatch(group -> group.has(target.kind(), target.id()));
  }

  private void pair(ClusterMap map, int pool, List<Target> targets) {
    for (Candidate candidate : pair(map, targets)) {
      left.add(
          new Left(
              candidate.targetId(),
              "no target of another node than "
                  + candidate.nodeId()
                  + " is left in storage pool "
                  + pool));
    }
  }

  /// @return those that are left
  private List<Candidate> pair(ClusterMap map, List<Target> targets) {
    List<List<String>> domains = targets.stream().map(target -> domain(map, target)).toList();
    int depth = domains.stream().mapToInt(List::size).max().orElse(0);
    List<Candidate> rest = new ArrayList<>();
    for (int i = 0; i < targets.size(); i++) {
      Target target = targets.get(i);
      List<String> path = new ArrayList<>(domains.get(i));
      while (path.size() < depth) {
        path.add("");
      }
      path.add(Integer.toString(target.nodeId()));
      rest.add(new Candidate(target.id(), target.nodeId(), path));
    }
    for (int level = 0; level <= depth; level++) {
      rest = pairAcross(rest, level);
    }
    return rest;
  }

  static List<String> domain(ClusterMap map, Target target) {
    Node node = map.nodeOfTarget(target.kind(), target.id());
    if (node == null || node.failureDomain().isEmpty()) {
      return List.of();
    }
    return List.of(node.failureDomain().split("/", -1));
  }

  /// Pairs targets that differ in this component.
  ///
  /// @return those that are left; they have it in common, or it is one
  private List<Candidate> pairAcross(List<Candidate> candidates, int level) {
    SortedMap<String, List<Candidate>> classes = classes(candidates, level);
    while (classes.size() > 1) {
      Candidate one = takeOne(classes, level, null);
      Candidate other = takeOne(classes, level, one);
      add(one, other);
      classes.values().removeIf(List::isEmpty);
    }
    return classes.isEmpty() ? List.of() : classes.firstEntry().getValue();
  }

  private static SortedMap<String, List<Candidate>> classes(List<Candidate> candidates, int level) {
    SortedMap<String, List<Candidate>> classes = new TreeMap<>(Pairing::numbersByValue);
    for (Candidate candidate : candidates) {
      classes.computeIfAbsent(candidate.path().get(level), _ -> new ArrayList<>()).add(candidate);
    }
    return classes;
  }

  /// `9` before `10`: shorter ones first. Any fixed order will do; this one reads well.
  private static int numbersByValue(String one, String other) {
    return one.length() == other.length()
        ? one.compareTo(other)
        : Integer.compare(one.length(), other.length());
  }

  /// Takes a target out of the largest class that is not the one of `not`.
  private static Candidate takeOne(
      SortedMap<String, List<Candidate>> classes, int level, @Nullable Candidate not) {
    List<Candidate> largest = List.of();
    for (var entry : classes.entrySet()) {
      boolean own = not != null && entry.getKey().equals(not.path().get(level));
      if (!own && entry.getValue().size() > largest.size()) {
        largest = entry.getValue();
      }
    }
    Candidate taken = ofLargestPart(largest, level + 1);
    largest.remove(taken);
    return taken;
  }

  private static Candidate ofLargestPart(List<Candidate> candidates, int level) {
    if (level >= candidates.getFirst().path().size()) {
      return candidates.getFirst();
    }
    List<Candidate> largest = List.of();
    for (List<Candidate> part : classes(candidates, level).values()) {
      if (part.size() > largest.size()) {
        largest = part;
      }
    }
    return ofLargestPart(largest, level + 1);
  }

  /// The primary is the one whose node leads fewer pairs, so that all nodes have their share.
  private void add(Candidate one, Candidate other) {
    int more = led.getOrDefault(one.nodeId(), 0) - led.getOrDefault(other.nodeId(), 0);
    boolean swapped = more == 0 ? other.targetId() < one.targetId() : more > 0;
    Candidate primary = swapped ? other : one;
    Candidate secondary = swapped ? one : other;
    led.merge(primary.nodeId(), 1, Integer::sum);
    pairs.add(new Pair(primary.targetId(), secondary.targetId()));
  }
}
