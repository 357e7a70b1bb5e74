package org.skep.cluster;

import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// All that the processes of a cluster agree on: an immutable, versioned value, made by management
/// only.
///
/// @param version grows with every change; 0 is the empty map before the first answer of management
/// @param clusterId given when management's directory is created; empty in the empty map
/// @param rootShard the metadata group with the root directory, or 0 as long as there is none
public record ClusterMap(
    long version,
    String clusterId,
    int rootShard,
    List<Node> nodes,
    List<Target> targets,
    List<BuddyGroup> groups,
    Index index) {

  public static final ClusterMap EMPTY = of(0, "", 0, List.of(), List.of(), List.of());

  /// Lookup tables made from the lists; equal by construction.
  public static final class Index {
    private final SortedMap<Long, Node> nodes = new TreeMap<>();
    private final SortedMap<Long, Target> targets = new TreeMap<>();
    private final SortedMap<Long, BuddyGroup> groups = new TreeMap<>();

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Index;
    }

    @Override
    public int hashCode() {
      return 1;
    }

    @Override
    public String toString() {
      return "index";
    }
  }

  /// The map of these parts.
  ///
  /// @throws IllegalArgumentException if an id stands twice, or a target or group names one that is
  ///   not there
  public static ClusterMap of(
      long version,
      String clusterId,
      int rootShard,
      Collection<Node> nodes,
      Collection<Target> targets,
      Collection<BuddyGroup> groups) {
    Index index = new Index();
    for (Node node : nodes) {
      once(index.nodes.put(key(node.kind(), node.id()), node), node);
    }
    for (Target target : targets) {
      once(index.targets.put(key(target.kind(), target.id()), target), target);
    }
    for (BuddyGroup group : groups) {
      once(index.groups.put(key(group.kind(), group.id()), group), group);
      there(index.targets.get(key(group.kind(), group.primary())), group);
      if (group.isPair()) {
        there(index.targets.get(key(group.kind(), group.secondary())), group);
      }
    }
    return new ClusterMap(
        version,
        clusterId,
        rootShard,
        List.copyOf(index.nodes.values()),
        List.copyOf(index.targets.values()),
        List.copyOf(index.groups.values()),
        index);
  }

  private static void once(@Nullable Object previous, Object entry) {
    if (previous != null) {
      throw new IllegalArgumentException("twice in the cluster map: " + previous + " and " + entry);
    }
  }

  private static void there(@Nullable Object member, Object owner) {
    if (member == null) {
      throw new IllegalArgumentException("not in the cluster map: a member of " + owner);
    }
  }

  private static long key(NodeKind kind, int id) {
    return (long) kind.ordinal() << 32 | id;
  }

  public @Nullable Node node(NodeKind kind, int id) {
    return index.nodes.get(key(kind, id));
  }

  public @Nullable Target target(NodeKind kind, int id) {
    return index.targets.get(key(kind, id));
  }

  public @Nullable BuddyGroup group(NodeKind kind, int id) {
    return index.groups.get(key(kind, id));
  }

  /// The node that serves the target, or null if either is unknown.
  public @Nullable Node nodeOfTarget(NodeKind kind, int targetId) {
    Target target = target(kind, targetId);
    return target == null ? null : node(kind, target.nodeId());
  }

  public List<Node> nodesOf(NodeKind kind) {
    return nodes.stream().filter(node -> node.kind() == kind).toList();
  }

  public List<Target> targetsOf(NodeKind kind) {
    return targets.stream().filter(target -> target.kind() == kind).toList();
  }

  /// The targets that an operator is shown: all but the spares that servers keep ready and that are
  /// in no group.
  public List<Target> shownTargets() {
    return targets.stream().filter(target -> !isIdleSpare(target)).toList();
  }

  private boolean isIdleSpare(Target target) {
    return target.keptSpare() && groupOf(target.kind(), target.id()) == null;
  }

  public List<BuddyGroup> groupsOf(NodeKind kind) {
    return groups.stream().filter(group -> group.kind() == kind).toList();
  }

  /// The group of two that the target is a member of, or null if it is in none.
  public @Nullable BuddyGroup pairOf(NodeKind kind, int targetId) {
    return groups.stream()
        .filter(group -> group.isPair() && group.has(kind, targetId))
        .findFirst()
        .orElse(null);
  }

  /// The group of one or two that the target is a member of, or null if it is in none: a metadata
  /// target without a group is a spare.
  public @Nullable BuddyGroup groupOf(NodeKind kind, int targetId) {
    return groups.stream().filter(group -> group.has(kind, targetId)).findFirst().orElse(null);
  }

  /// Whether some member can serve what the group holds: it is Good and not Offline.
  public boolean hasGoodMember(BuddyGroup group) {
    return isGoodAndThere(group.kind(), group.primary())
        || isGoodAndThere(group.kind(), group.secondary());
  }

  private boolean isGoodAndThere(NodeKind kind, int targetId) {
    Target target = target(kind, targetId);
    return target != null
        && target.consistency() == Consistency.GOOD
        && target.reachability() != Reachability.OFFLINE;
  }

  /// The group with its members and their states, for operators: `storage group 3 (primary 3011:
  /// Offline, Good; secondary 3021: Online, Needs-resync)`.
  public String describe(BuddyGroup group) {
    String text =
        group.kind().label()
            + " group "
            + group.id()
            + " (primary "
            + describe(group.kind(), group.primary());
    return group.secondary() == BuddyGroup.NONE
        ? text + ")"
        : text + "; secondary " + describe(group.kind(), group.secondary()) + ")";
  }

  private String describe(NodeKind kind, int targetId) {
    Target target = target(kind, targetId);
    return target == null
        ? targetId + ": unknown"
        : targetId + ": " + target.reachability().label() + ", " + target.consistency().label();
  }

  /// The inode id of the root directory, or 0 as long as there is no root shard.
  public long rootInode() {
    return rootShard == 0 ? 0 : Ids.inode(rootShard, Ids.ROOT_COUNTER);
  }
}
