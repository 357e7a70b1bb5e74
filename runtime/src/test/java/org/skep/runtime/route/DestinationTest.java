package org.skep.runtime.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;

/// What is said of a place that is waited for.
final class DestinationTest {

  private static ClusterMap map(Consistency secondary) {
    return ClusterMap.of(
        1,
        "c",
        0,
        List.of(
            new Node(NodeKind.STORAGE, 1, "n1", "h", 1, List.of(new Endpoint.Tcp("n1", 8003))),
            new Node(NodeKind.STORAGE, 2, "n2", "h", 1, List.of(new Endpoint.Tcp("n2", 8003)))),
        List.of(
            new Target(NodeKind.STORAGE, 11, 1, "a", 1, Reachability.OFFLINE, Consistency.GOOD, 1),
            new Target(NodeKind.STORAGE, 21, 2, "b", 1, Reachability.ONLINE, secondary, 1)),
        List.of(new BuddyGroup(NodeKind.STORAGE, 3, 11, 21, 1)));
  }

  @Test
  void aGroupThatNobodyCanServeIsNamedWithItsMembers() {
    Destination group = new Destination(NodeKind.STORAGE, true, 3);
    assertThat(group.find(map(Consistency.GOOD)).name())
        .isEqualTo("storage group 3 (target 11, node 1, n1:8003)");
    assertThat(group.find(map(Consistency.NEEDS_RESYNC)).name())
        .isEqualTo(
            "storage group 3 (target 11, node 1, n1:8003): no member is Good and online: storage"
                + " group 3 (primary 11: Offline, Good; secondary 21: Online, Needs-resync)");
  }

  @Test
  void aTargetIsJustItself() {
    assertThat(new Destination(NodeKind.STORAGE, false, 21).find(map(Consistency.BAD)).name())
        .isEqualTo("storage target 21 (node 2, n2:8003)");
  }
}
