package org.skep.management.state;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import org.skep.linux.Errno;

/// All that management knows for sure: the value that the Raft log makes, command by command.
///
/// [#apply] is pure and total: each command in each state gives a next state and a result. Every
/// change gives a map with the next version; a command that changes nothing gives the same state.
///
/// @param retired targets that were removed, in the order of their removal
/// @param retiredGroups buddy groups that were removed and not made again, in that order
/// @param formerMembers storage targets that have been members of removed groups, by their ids
public record ClusterState(
    ClusterMap map,
    List<Retired> retired,
    List<RetiredGroup> retiredGroups,
    List<FormerMember> formerMembers) {

  public static final ClusterState EMPTY =
      new ClusterState(ClusterMap.EMPTY, List.of(), List.of(), List.of());

  public ClusterState {
    retired = List.copyOf(retired);
    retiredGroups = List.copyOf(retiredGroups);
    formerMembers = List.copyOf(formerMembers);
  }

  public Step apply(Command command) {
    if (command instanceof Command.CreateCluster(String clusterId)) {
      return create(clusterId);
    }
    if (map.clusterId().isEmpty()) {
      return Step.rejected(this, Errno.EINVAL, "the cluster has not been created yet");
    }
    return switch (command) {
      case Command.CreateCluster unreachable -> throw new AssertionError(unreachable);
      case Command.RegisterNode register -> new Registration(this, register).step();
      case Command.SetReachability set -> ReachabilityRule.step(this, set);
      case Command.RemoveNode remove -> Removal.node(this, remove);
      case Command.RemoveTarget remove -> Removal.target(this, remove);
      case Command.AddGroups add -> Grouping.add(this, add);
      case Command.RemoveGroup remove -> Grouping.remove(this, remove);
      case Command.GroupEvents events -> Grouping.happened(this, events);
    };
  }

  private Step create(String clusterId) {
    if (map.clusterId().equals(clusterId)) {
      return new Step(this, new Result.Done());
    }
    if (!map.clusterId().isEmpty()) {
      return Step.rejected(this, Errno.EEXIST, "this is cluster " + map.clusterId());
    }
    ClusterMap named =
        ClusterMap.of(map.version() + 1, clusterId, 0, List.of(), List.of(), List.of());
    return new Step(
        new ClusterState(named, retired, retiredGroups, formerMembers), new Result.Done());
  }

  /// The state with these parts instead, under the next version if anything is different.
  ClusterState with(
      int rootShard,
      List<Node> nodes,
      List<Target> targets,
      List<BuddyGroup> groups,
      List<Retired> retired) {
    ClusterMap same =
        ClusterMap.of(map.version(), map.clusterId(), rootShard, nodes, targets, groups);
    if (same.equals(map)) {
      return new ClusterState(map, retired, retiredGroups, formerMembers);
    }
    return new ClusterState(
        ClusterMap.of(map.version() + 1, map.clusterId(), rootShard, nodes, targets, groups),
        retired,
        retiredGroups,
        formerMembers);
  }

  /// The state with these targets and groups instead.
  ClusterState with(GroupWork work) {
    return with(map.rootShard(), map.nodes(), work.targets(), work.groups(), retired);
  }

  ClusterState withRetiredGroups(List<RetiredGroup> groups) {
    return new ClusterState(map, retired, groups, formerMembers);
  }

  ClusterState withFormerMembers(List<FormerMember> members) {
    return new ClusterState(map, retired, retiredGroups, members);
  }

  /// What the storage target was in the last group that it was in and that was removed, or null.
  @Nullable FormerMember formerMember(int targetId) {
    return formerMembers.stream()
        .filter(member -> member.targetId() == targetId)
        .findFirst()
        .orElse(null);
  }

  /// The target with this uuid, or null.
  @Nullable Target targetOfUuid(NodeKind kind, String uuid) {
    return map.targets().stream()
        .filter(target -> target.kind() == kind && target.uuid().equals(uuid))
        .findFirst()
        .orElse(null);
  }

  @Nullable Retired retiredOfUuid(NodeKind kind, String uuid) {
    return retired.stream()
        .filter(old -> old.kind() == kind && old.uuid().equals(uuid))
        .findFirst()
        .orElse(null);
  }

  @Nullable Retired retiredOfId(NodeKind kind, int targetId) {
    return retired.stream()
        .filter(old -> old.kind() == kind && old.targetId() == targetId)
        .findFirst()
        .orElse(null);
  }

  /// The list with `entry` in the place of the one that is `previous`, or at its end.
  static <T> List<T> replaced(List<T> list, @Nullable T previous, T entry) {
    List<T> result = new ArrayList<>(list);
    int index = previous == null ? -1 : result.indexOf(previous);
    if (index < 0) {
      result.add(entry);
    } else {
      result.set(index, entry);
    }
    return result;
  }
}
