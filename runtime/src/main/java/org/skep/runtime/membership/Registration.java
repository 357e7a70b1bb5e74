package org.skep.runtime.membership;

import java.util.List;
import java.util.stream.IntStream;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;

/// What a server says of itself when it registers.
///
/// @param kind METADATA or STORAGE
/// @param nodeId from the configuration or the identity files; 0: management gives one out
/// @param name the host name that the operator's tool shows
/// @param incarnation of this process, as it also tells its callers
/// @param endpoints where it listens already, with real ports
/// @param clusterId from the identity files; empty if all targets are new
/// @param claims its targets, at least one
/// @param failureDomain what fails together with it, `room1/rack2`; empty: only itself
public record Registration(
    NodeKind kind,
    int nodeId,
    String name,
    long incarnation,
    List<Endpoint> endpoints,
    String clusterId,
    List<Claim> claims,
    String failureDomain) {

  /// One target of the server.
  ///
  /// @param targetId 0: management gives one out
  /// @param uuid from the target's identity file
  /// @param storagePoolId 0: the default pool
  /// @param unsure it may have lost changes that were acknowledged
  /// @param keptSpare of [org.skep.cluster.Target]
  public record Claim(
      int targetId, String uuid, int storagePoolId, boolean unsure, boolean keptSpare) {

    /// A target that has lost nothing.
    public Claim(int targetId, String uuid, int storagePoolId) {
      this(targetId, uuid, storagePoolId, false, false);
    }
  }

  /// A server without a failure domain.
  public Registration(
      NodeKind kind,
      int nodeId,
      String name,
      long incarnation,
      List<Endpoint> endpoints,
      String clusterId,
      List<Claim> claims) {
    this(kind, nodeId, name, incarnation, endpoints, clusterId, claims, "");
  }

  public Registration {
    endpoints = List.copyOf(endpoints);
    claims = List.copyOf(claims);
  }

  /// The same server, with the ids it was given. Management knows now which targets were unsure:
  /// they are not when it registers again.
  Registration assigned(Assignment assignment) {
    List<Claim> known =
        IntStream.range(0, claims.size())
            .mapToObj(i ->
                new Claim(
                    assignment.targetIds().get(i),
                    claims.get(i).uuid(),
                    claims.get(i).storagePoolId(),
                    false,
                    claims.get(i).keptSpare()))
            .toList();
    return new Registration(
        kind,
        assignment.nodeId(),
        name,
        incarnation,
        endpoints,
        assignment.clusterId(),
        known,
        failureDomain);
  }
}
