package org.skep.cli.up;

import java.nio.file.Path;
import java.util.List;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.cluster.StripePattern;

/// Who runs where in the cluster of a `skep up`.
///
/// @param management its directory and where it listens
/// @param servers metadata and storage servers, each with one target
/// @param secretFile of the whole cluster
/// @param mountPoint absolute
/// @param mountOptions the values of all `-o`
/// @param pattern of the root directory, when it is made
/// @param mirrored whether the targets become mirror groups
record ClusterPlan(
    Management management,
    List<Server> servers,
    Path secretFile,
    Path mountPoint,
    List<String> mountOptions,
    StripePattern pattern,
    boolean mirrored) {

  record Management(Path directory, List<Endpoint> listen, boolean init) {}

  /// A server with one target.
  ///
  /// @param init whether its directory is new
  record Server(
      NodeKind kind,
      int nodeId,
      int targetId,
      Path directory,
      List<Endpoint> listen,
      boolean init) {

    /// The daemon's name with the node's number: `storage-1`.
    String name() {
      return kind.label() + "-" + nodeId;
    }
  }

  ClusterPlan {
    servers = List.copyOf(servers);
    mountOptions = List.copyOf(mountOptions);
  }

  /// What `df` shows as the device, and where other commands find management by the mount.
  String source() {
    for (Endpoint endpoint : management.listen()) {
      String text = endpoint.toString();
      if (text.length() <= SOURCE_LENGTH_MAX && text.indexOf(',') < 0 && text.indexOf('\\') < 0) {
        return text;
      }
    }
    return "skep";
  }

  /// The mount's own limit.
  private static final int SOURCE_LENGTH_MAX = 200;
}
