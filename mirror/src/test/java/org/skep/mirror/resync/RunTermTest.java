package org.skep.mirror.resync;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.mirror.GroupMaps;

@Timeout(30)
class RunTermTest {
  private static final GroupMaps MAPS = GroupMaps.UNREACHED;

  @Test
  void itIsOverWithTheTermTheSecondarysProcessOrItsReach() throws Exception {
    try (ServingMember world = new ServingMember(MAPS.alone(1))) {
      RunTerm run = new RunTerm(world.member, world.member.view());
      assertThat(run.whyOver()).isNull();
      world.offer(MAPS.alone(2, 1));
      assertThat(run.whyOver()).as("a newer map without news for it").isNull();
      world.offer(offline(MAPS.alone(3, 1)));
      assertThat(run.whyOver()).isEqualTo("the secondary is offline");
      world.offer(MAPS.map(4, 1, GroupMaps.OWN, Consistency.GOOD, Consistency.NEEDS_RESYNC, 78));
      assertThat(run.whyOver()).as("another process").startsWith("a newer map says: group 4");
      world.offer(MAPS.pair(5));
      assertThat(run.whyOver()).startsWith("a newer map says: group 4");
    }
  }

  private static ClusterMap offline(ClusterMap map) {
    return ClusterMap.of(
        map.version(),
        "c",
        0,
        map.nodes(),
        map.targets().stream().map(RunTermTest::offlineIfBuddy).toList(),
        map.groups());
  }

  private static Target offlineIfBuddy(Target target) {
    return target.id() != GroupMaps.BUDDY
        ? target
        : new Target(
            target.kind(),
            target.id(),
            target.nodeId(),
            target.uuid(),
            target.epoch(),
            Reachability.OFFLINE,
            target.consistency(),
            target.storagePoolId());
  }
}
