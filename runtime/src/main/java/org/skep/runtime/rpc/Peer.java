package org.skep.runtime.rpc;

import java.util.List;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;

/// A server process to talk to.
///
/// @param id 0 if not known
/// @param incarnation of the process that is meant; another one that answers is a failed
///   connection. 0: whoever answers there (an address from the configuration)
/// @param hostId Unix endpoints are used if it is this host's; empty: not known, they are tried
public record Peer(
    NodeKind kind, int id, long incarnation, String hostId, List<Endpoint> endpoints) {

  public Peer {
    endpoints = List.copyOf(endpoints);
  }

  public static Peer of(Node node) {
    return new Peer(node.kind(), node.id(), node.incarnation(), node.hostId(), node.endpoints());
  }

  /// One that is known by its address only.
  public static Peer at(NodeKind kind, Endpoint endpoint) {
    return new Peer(kind, 0, 0, "", List.of(endpoint));
  }

  /// For logs and messages: `storage node 1 (host:port)`.
  @Override
  public String toString() {
    String where = endpoints.isEmpty() ? "no address" : endpoints.getFirst().toString();
    return kind.label() + (id == 0 ? " at " + where : " node " + id + " (" + where + ")");
  }
}
