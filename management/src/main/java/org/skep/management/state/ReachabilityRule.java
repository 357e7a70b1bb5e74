package org.skep.management.state;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import org.skep.management.state.Command.ReachabilityChange;

/// Sets what the leader saw. A change of a target that is gone, or whose node has another
/// incarnation by now, is void: it tells of a process that is not there any more.
final class ReachabilityRule {

  private ReachabilityRule() {}

  static Step step(ClusterState state, Command.SetReachability command) {
    ClusterMap map = state.map();
    Map<Key, ReachabilityChange> changes = new HashMap<>();
    command
        .changes()
        .forEach(change -> changes.put(new Key(change.kind(), change.targetId()), change));
    List<Target> targets =
        map.targets().stream()
            .map(target -> changed(map, target, changes.get(new Key(target.kind(), target.id()))))
            .toList();
    ClusterState next =
        state.with(map.rootShard(), map.nodes(), targets, map.groups(), state.retired());
    return new Step(next, new Result.Done());
  }

  private record Key(NodeKind kind, int targetId) {}

  private static Target changed(
      ClusterMap map, Target target, @Nullable ReachabilityChange change) {
    Node node = map.nodeOfTarget(target.kind(), target.id());
    return change == null || node == null || node.incarnation() != change.incarnation()
        ? target
        : Targets.withReachability(target, change.reachability());
  }
}
