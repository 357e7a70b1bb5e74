package org.skep.management.state;

import java.util.ArrayList;
import java.util.List;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.linux.Errno;

/// Forgetting nodes and targets, as an administrator asks for.
///
/// | what | refused if |
/// | --- | --- |
/// | node | unknown (ENOENT); it has targets (EBUSY) |
/// | target | unknown (ENOENT); online (EBUSY); the only one of the root shard (EBUSY); member of a storage group, or of a metadata group with another member (EBUSY) |
///
/// The shard of a metadata target that led one alone goes with it.
final class Removal {

  private Removal() {}

  static Step node(ClusterState state, Command.RemoveNode command) {
    ClusterMap map = state.map();
    Node node = map.node(command.kind(), command.nodeId());
    String name = command.kind().label() + " node " + command.nodeId();
    if (node == null) {
      return Step.rejected(state, Errno.ENOENT, "no " + name);
    }
    if (map.targets().stream().anyMatch(target -> isOf(target, node))) {
      return Step.rejected(state, Errno.EBUSY, name + " has targets: remove them first");
    }
    List<Node> nodes = new ArrayList<>(map.nodes());
    nodes.remove(node);
    ClusterState next =
        state.with(map.rootShard(), nodes, map.targets(), map.groups(), state.retired());
    return new Step(next, new Result.Done());
  }

  static Step target(ClusterState state, Command.RemoveTarget command) {
    ClusterMap map = state.map();
    Target target = map.target(command.kind(), command.targetId());
    String name = command.kind().label() + " target " + command.targetId();
    if (target == null) {
      return Step.rejected(state, Errno.ENOENT, "no " + name);
    }
    if (target.reachability() == Reachability.ONLINE) {
      return Step.rejected(state, Errno.EBUSY, name + " is online: stop its server first");
    }
    BuddyGroup group = map.groupOf(target.kind(), target.id());
    if (group != null && group.isPair()) {
      return Step.rejected(state, Errno.EBUSY, name + " is a member of buddy group " + group.id());
    }
    if (group != null && group.id() == map.rootShard()) {
      return Step.rejected(state, Errno.EBUSY, name + " holds the root directory");
    }
    List<BuddyGroup> groups = new ArrayList<>(map.groups());
    RetiredGroup shard = null;
    if (group != null) {
      groups.remove(group);
      shard = new RetiredGroup(group.kind(), group.id(), group.epoch(), group.losses());
    }
    List<Target> targets = new ArrayList<>(map.targets());
    targets.remove(target);
    List<Retired> retired = new ArrayList<>(state.retired());
    retired.add(new Retired(target.kind(), target.id(), target.uuid(), target.epoch(), shard));
    return new Step(
        state.with(map.rootShard(), map.nodes(), targets, groups, retired), new Result.Done());
  }

  private static boolean isOf(Target target, Node node) {
    return target.kind() == node.kind() && target.nodeId() == node.id();
  }
}
