package org.skep.cli.ctl;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.skep.cli.status.ClusterStatus;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;

/// What `--listnodes` shows.
final class NodeListing {

  /// The options that add lines.
  record Choice(boolean details, boolean nicDetails, boolean reachable, boolean route) {
    boolean connects() {
      return reachable || route;
    }
  }

  /// Whether a node answered, and where.
  sealed interface Reach {
    record Reached(Endpoint endpoint) implements Reach {}

    record Unreachable(String reason) implements Reach {}
  }

  private NodeListing() {}

  /// @param reach tries to connect; asked only if the choice needs it
  static List<String> lines(
      ClusterStatus status, NodeKind kind, Choice choice, Function<Node, Reach> reach) {
    List<String> lines = new ArrayList<>();
    List<Node> nodes = status.nodes(kind);
    for (Node node : nodes) {
      lines.add(node.name() + " [ID: " + node.id() + "]");
      if (choice.details()) {
        lines.add("   Ports: UDP: 0; TCP: " + port(node));
        lines.add("   Interfaces: " + interfaces(node));
      }
      if (choice.nicDetails()) {
        node.endpoints().forEach(endpoint -> lines.add("   + " + nic(endpoint)));
      }
      if (choice.connects()) {
        lines.addAll(reachLines(choice, reach.apply(node)));
      }
    }
    if (choice.details()) {
      lines.add("");
      lines.add("Number of nodes: " + nodes.size());
      if (kind == NodeKind.METADATA) {
        lines.addAll(root(status));
      }
    }
    return lines;
  }

  private static List<String> reachLines(Choice choice, Reach reach) {
    List<String> lines = new ArrayList<>();
    switch (reach) {
      case Reach.Reached(Endpoint endpoint) -> {
        if (choice.reachable()) {
          lines.add("   Reachable: <yes>");
        }
        if (choice.route()) {
          lines.add("   Route: " + route(endpoint));
        }
      }
      case Reach.Unreachable(String reason) -> {
        lines.add("   Reachable: <no>");
        lines.add("   Reason: " + reason);
      }
    }
    return lines;
  }

  static String route(Endpoint endpoint) {
    return endpoint + " (protocol: " + protocol(endpoint) + ")";
  }

  private static String protocol(Endpoint endpoint) {
    return switch (endpoint) {
      case Endpoint.Tcp _ -> "TCP";
      case Endpoint.Unix _ -> "UNIX";
    };
  }

  private static int port(Node node) {
    for (Endpoint endpoint : node.endpoints()) {
      if (endpoint instanceof Endpoint.Tcp(String _, int port)) {
        return port;
      }
    }
    return 0;
  }

  private static String interfaces(Node node) {
    return String.join(
        " ", node.endpoints().stream().map(e -> address(e) + "(" + protocol(e) + ")").toList());
  }

  private static String nic(Endpoint endpoint) {
    String type = "; type: " + protocol(endpoint) + "]";
    return switch (endpoint) {
      case Endpoint.Tcp(String host, int _) -> host + "[ip addr: " + host + type;
      case Endpoint.Unix(String path) -> "unix[path: " + path + type;
    };
  }

  private static String address(Endpoint endpoint) {
    return switch (endpoint) {
      case Endpoint.Tcp(String host, int _) -> host;
      case Endpoint.Unix(String path) -> path;
    };
  }

  /// Who owns the root directory: the node, or if it is mirrored the group with the node that leads
  /// it now; 0 if there is none yet.
  private static List<String> root(ClusterStatus status) {
    BuddyGroup shard = status.map().group(NodeKind.METADATA, status.map().rootShard());
    Node node = rootNode(status);
    if (shard == null || !shard.isPair()) {
      return List.of("Root: " + (node == null ? 0 : node.id()));
    }
    String name = node == null ? "<unknown>" : node.name() + " [ID: " + node.id() + "]";
    return List.of("Root: " + shard.id(), "Root's current primary: " + name);
  }

  private static @Nullable Node rootNode(ClusterStatus status) {
    BuddyGroup shard = status.map().group(NodeKind.METADATA, status.map().rootShard());
    return shard == null ? null : status.map().nodeOfTarget(NodeKind.METADATA, shard.primary());
  }

  /// All that is known, for `--output=json`.
  static List<Map<String, Object>> json(
      ClusterStatus status, NodeKind kind, Choice choice, Function<Node, Reach> reach) {
    List<Map<String, Object>> nodes = new ArrayList<>();
    for (Node node : status.nodes(kind)) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("nodeId", node.id());
      fields.put("name", node.name());
      fields.put("nodeType", kind.label());
      fields.put("hostId", node.hostId());
      if (kind == NodeKind.METADATA) {
        fields.put("root", node.equals(rootNode(status)));
      }
      fields.put("endpoints", node.endpoints().stream().map(Object::toString).toList());
      if (choice.connects()) {
        switch (reach.apply(node)) {
          case Reach.Reached(Endpoint endpoint) -> {
            fields.put("reachable", true);
            fields.put("route", endpoint.toString());
          }
          case Reach.Unreachable(String reason) -> {
            fields.put("reachable", false);
            fields.put("reason", reason);
          }
        }
      }
      nodes.add(fields);
    }
    return nodes;
  }
}
