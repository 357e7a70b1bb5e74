package org.skep.cli.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;

final class NodeListingTest {

  @Test
  void namesAndIds() {
    assertThat(shown(NodeKind.METADATA, new NodeListing.Choice(false, false, false, false)))
        .isEqualTo("node201 [ID: 201]\nnode202 [ID: 202]\n");
  }

  @Test
  void detailsEndWithCountAndRoot() {
    assertThat(shown(NodeKind.METADATA, new NodeListing.Choice(true, false, false, false)))
        .isEqualTo(
            """
            node201 [ID: 201]
               Ports: UDP: 0; TCP: 8005
               Interfaces: /run/skep/201(UNIX) 10.0.0.1(TCP)
            node202 [ID: 202]
               Ports: UDP: 0; TCP: 8005
               Interfaces: /run/skep/202(UNIX) 10.0.0.2(TCP)

            Number of nodes: 2
            Root: 201
            """);
  }

  @Test
  void reachabilityAndRoute() {
    assertThat(shown(NodeKind.METADATA, new NodeListing.Choice(false, true, true, true)))
        .isEqualTo(
            """
            node201 [ID: 201]
               + unix[path: /run/skep/201; type: UNIX]
               + 10.0.0.1[ip addr: 10.0.0.1; type: TCP]
               Reachable: <yes>
               Route: 10.0.0.1:8005 (protocol: TCP)
            node202 [ID: 202]
               + unix[path: /run/skep/202; type: UNIX]
               + 10.0.0.2[ip addr: 10.0.0.2; type: TCP]
               Reachable: <no>
               Reason: nobody listens
            """);
  }

  private static String shown(NodeKind kind, NodeListing.Choice choice) {
    return String.join(
            "\n",
            NodeListing.lines(
                new SampleCluster().status(), kind, choice, NodeListingTest::onlyTheFirst))
        + "\n";
  }

  private static NodeListing.Reach onlyTheFirst(Node node) {
    return node.id() == 201
        ? new NodeListing.Reach.Reached(node.endpoints().getLast())
        : new NodeListing.Reach.Unreachable("nobody listens");
  }
}
