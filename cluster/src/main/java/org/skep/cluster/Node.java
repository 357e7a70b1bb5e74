package org.skep.cluster;

import java.util.List;

/// A process of the cluster.
///
/// @param id numeric id, from 1, unique within its kind
/// @param name the host name it registered with
/// @param hostId the boot id of its host: equal host ids mean that Unix sockets and signals reach
///   it
/// @param incarnation a number chosen anew at each start of the process
/// @param endpoints where it listens, in its order of preference; at least one for servers
/// @param failureDomain what fails together with it, `room1/rack2`; empty: only itself
public record Node(
    NodeKind kind,
    int id,
    String name,
    String hostId,
    long incarnation,
    List<Endpoint> endpoints,
    String failureDomain) {

  public static final int ENDPOINTS_MAX = 16;
  public static final int FAILURE_DOMAIN_LENGTH_MAX = 255;

  /// A process without a failure domain.
  public Node(
      NodeKind kind,
      int id,
      String name,
      String hostId,
      long incarnation,
      List<Endpoint> endpoints) {
    this(kind, id, name, hostId, incarnation, endpoints, "");
  }

  public Node {
    Ids.check("node", id);
    if (endpoints.size() > ENDPOINTS_MAX) {
      throw new IllegalArgumentException("node " + id + " has " + endpoints.size() + " endpoints");
    }
    if (failureDomain.length() > FAILURE_DOMAIN_LENGTH_MAX) {
      throw new IllegalArgumentException("node " + id + ": failure domain too long");
    }
    endpoints = List.copyOf(endpoints);
  }
}
