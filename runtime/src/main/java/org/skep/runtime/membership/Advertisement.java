package org.skep.runtime.membership;

import java.util.List;
import java.util.Set;
import org.skep.cluster.Endpoint;
import org.skep.runtime.port.Network;

/// What others are told of where a process listens.
public final class Advertisement {
  private static final Set<String> ANY = Set.of("0.0.0.0", "::", "0:0:0:0:0:0:0:0");

  private Advertisement() {}

  /// The endpoints with this host's name in the place of "any address", which means nothing to
  /// others.
  public static List<Endpoint> of(Network network, List<Endpoint> listening) {
    return listening.stream().map(endpoint -> reachable(network, endpoint)).toList();
  }

  private static Endpoint reachable(Network network, Endpoint endpoint) {
    return endpoint instanceof Endpoint.Tcp(String host, int port) && ANY.contains(host)
        ? new Endpoint.Tcp(network.hostName(), port)
        : endpoint;
  }
}
