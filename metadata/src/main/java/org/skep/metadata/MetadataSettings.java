package org.skep.metadata;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Endpoint;
import org.skep.cluster.StripePattern;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.wire.Secret;

/// What the administrator decides about a metadata server.
///
/// @param nodeId 0: from the targets' directories, or else given out by management
/// @param hostName the name it registers with; empty: this host's
/// @param listen at least one endpoint; port 0 takes a free one
/// @param management endpoints of all peers of management
/// @param secret null: authentication is off
/// @param init whether empty or missing directories become new targets
/// @param rootPattern how files are striped, from the root directory on, when it is made
/// @param failureDomain what fails together with this server, `room1/rack2`; empty: only itself
/// @param spareTargets how many spares it keeps in its target directories, see
///   [org.skep.metadata.target.KeptSpare]
public record MetadataSettings(
    int nodeId,
    String hostName,
    List<Endpoint> listen,
    List<Endpoint> management,
    @Nullable Secret secret,
    boolean init,
    StripePattern rootPattern,
    ServerLimits limits,
    String failureDomain,
    int spareTargets) {

  public MetadataSettings {
    listen = List.copyOf(listen);
    management = List.copyOf(management);
    if (listen.isEmpty() || management.isEmpty()) {
      throw new IllegalArgumentException("a metadata server needs an endpoint and management's");
    }
  }

  /// With the usual limits, and no spares.
  public static MetadataSettings of(
      List<Endpoint> listen, List<Endpoint> management, @Nullable Secret secret, boolean init) {
    return new MetadataSettings(
        0,
        "",
        listen,
        management,
        secret,
        init,
        StripePattern.DEFAULT,
        ServerLimits.DEFAULT,
        "",
        0);
  }
}
