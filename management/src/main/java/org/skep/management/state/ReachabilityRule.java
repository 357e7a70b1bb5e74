package org.skep.management.state;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import org.skep.management.state.Command.ReachabilityChange;

/// Sets what the leader saw; of members of pairs by [org.skep.cluster.Failover]. A change of a
/// target that is gone, or whose node has another incarnation by now, is void: it tells of a
/// process that is not there any more.
final class ReachabilityRule {

  private ReachabilityRule() {}

  static Step step(ClusterState state, Command.SetReachability command) {
    ClusterMap map = state.map();
    Map<Key, ReachabilityChange> changes = new HashMap<>();
    command
        .changes()
        .forEach(change -> changes.put(new Key(change.kind(), change.targetId()), change));
    List<Target> seen =
        map.targets().stream()
            .flatMap(target ->
                Stream.ofNullable(
                    seen(map, target, changes.get(new Key(target.kind(), target.id())))))
            .toList();
    GroupWork work = new GroupWork(map.targets(), map.groups());
    work.see(seen);
    return new Step(state.with(work), new Result.Done(), work.moves());
  }

  private record Key(NodeKind kind, int targetId) {}

  private static @Nullable Target seen(
      ClusterMap map, Target target, @Nullable ReachabilityChange change) {
    Node node = map.nodeOfTarget(target.kind(), target.id());
    return change == null || node == null || node.incarnation() != change.incarnation()
        ? null
        : Targets.withReachability(target, change.reachability());
  }
}
