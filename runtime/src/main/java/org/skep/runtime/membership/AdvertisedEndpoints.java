package org.skep.runtime.membership;

import java.util.List;
import org.skep.cluster.Endpoint;

/// Where others reach a server that listens.
public final class AdvertisedEndpoints {

  private AdvertisedEndpoints() {}

  /// The endpoints to register: those listened on, with the host's name where it listens on all of
  /// the host's addresses.
  public static List<Endpoint> of(List<Endpoint> listening, String hostName) {
    return listening.stream().map(endpoint -> advertised(endpoint, hostName)).toList();
  }

  private static Endpoint advertised(Endpoint endpoint, String hostName) {
    return switch (endpoint) {
      case Endpoint.Tcp(String host, int port) ->
          isWildcard(host) ? new Endpoint.Tcp(hostName, port) : endpoint;
      case Endpoint.Unix unix -> unix;
    };
  }

  private static boolean isWildcard(String host) {
    return host.equals("0.0.0.0") || host.equals("::") || host.equals("*");
  }
}
