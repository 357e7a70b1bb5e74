package org.skep.runtime.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;

/// Which processes are gone by a newer map.
final class ProcessWatchTest {
  private static final Node NODE = node(1, 5);

  private static Node node(int id, long incarnation) {
    return new Node(NodeKind.STORAGE, id, "host", "", incarnation, List.of());
  }

  private static ClusterMap map(Node node, Reachability... targets) {
    List<Target> all =
        java.util.stream.IntStream.range(0, targets.length)
            .mapToObj(i ->
                new Target(
                    NodeKind.STORAGE, 101 + i, 1, "u" + i, 1, targets[i], Consistency.GOOD, 1))
            .toList();
    return ClusterMap.of(1, "c", 0, List.of(node, node(2, 1)), all, List.of());
  }

  private static List<Node> gone(ClusterMap before, ClusterMap now) {
    return ProcessWatch.gone(before, now);
  }

  @Test
  void oneAllOfWhoseTargetsBecameOffline() {
    ClusterMap online = map(NODE, Reachability.ONLINE, Reachability.ONLINE);
    ClusterMap half = map(NODE, Reachability.OFFLINE, Reachability.ONLINE);
    ClusterMap waning = map(NODE, Reachability.OFFLINE, Reachability.PROBABLY_OFFLINE);
    ClusterMap offline = map(NODE, Reachability.OFFLINE, Reachability.OFFLINE);
    assertThat(gone(online, online)).isEmpty();
    assertThat(gone(online, half)).isEmpty();
    assertThat(gone(half, waning)).isEmpty();
    assertThat(gone(waning, offline)).containsExactly(NODE);
    assertThat(gone(online, offline)).containsExactly(NODE);
    assertThat(gone(offline, offline)).isEmpty();
    assertThat(gone(offline, online)).isEmpty();
    assertThat(gone(ClusterMap.EMPTY, offline)).isEmpty();
  }

  @Test
  void oneThatAnotherProcessReplacedOrThatWasRemoved() {
    ClusterMap before = map(NODE, Reachability.ONLINE);
    assertThat(gone(before, map(node(1, 6), Reachability.ONLINE))).containsExactly(NODE);
    assertThat(gone(map(NODE), map(node(3, 5)))).containsExactly(NODE);
    assertThat(gone(map(NODE), map(NODE))).isEmpty();
  }
}
