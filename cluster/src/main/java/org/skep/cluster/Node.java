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
public record Node(
    NodeKind kind, int id, String name, String hostId, long incarnation, List<Endpoint> endpoints) {

  public static final int ENDPOINTS_MAX = 16;

  public Node {
    Ids.check("node", id);
    if (endpoints.size() > ENDPOINTS_MAX) {
      throw new IllegalArgumentException("node " + id + " has " + endpoints.size() + " endpoints");
    }
    endpoints = List.copyOf(endpoints);
  }
}
