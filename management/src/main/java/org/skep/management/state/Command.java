package org.skep.management.state;

import java.util.List;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;

/// A change of the cluster's state, as it stands in the log.
public sealed interface Command {

  /// Names the cluster; the first command of each log.
  record CreateCluster(String clusterId) implements Command {
    public CreateCluster {
      CommandLimits.name("cluster id", clusterId, 1, CommandLimits.UUID_LENGTH_MAX);
    }
  }

  /// A process introduces itself and its targets.
  ///
  /// @param nodeId 0: to be given out
  /// @param clusterId empty: not known to the process
  record RegisterNode(
      NodeKind kind,
      int nodeId,
      String name,
      String hostId,
      long incarnation,
      List<Endpoint> endpoints,
      List<Claim> claims,
      String clusterId)
      implements Command {
    public RegisterNode {
      CommandLimits.idOrZero("node", nodeId);
      CommandLimits.name("node name", name, 1, CommandLimits.NAME_LENGTH_MAX);
      CommandLimits.name("host id", hostId, 0, CommandLimits.NAME_LENGTH_MAX);
      CommandLimits.name("cluster id", clusterId, 0, CommandLimits.UUID_LENGTH_MAX);
      CommandLimits.endpoints(endpoints);
      if (claims.size() > CommandLimits.CLAIMS_MAX) {
        throw new IllegalArgumentException("a node with " + claims.size() + " targets");
      }
      endpoints = List.copyOf(endpoints);
      claims = List.copyOf(claims);
    }
  }

  /// A target that a process has.
  ///
  /// @param targetId 0: to be given out
  record Claim(int targetId, String uuid, int storagePoolId) {
    public Claim {
      CommandLimits.idOrZero("target", targetId);
      CommandLimits.idOrZero("storage pool", storagePoolId);
      CommandLimits.name("target uuid", uuid, 1, CommandLimits.UUID_LENGTH_MAX);
    }
  }

  /// What the leader saw of targets.
  record SetReachability(List<ReachabilityChange> changes) implements Command {
    public SetReachability {
      if (changes.size() > CommandLimits.CHANGES_MAX) {
        throw new IllegalArgumentException(changes.size() + " changes of reachability");
      }
      changes = List.copyOf(changes);
    }
  }

  /// @param incarnation of the node that was seen or missed; if another process has the node by
  ///   now, the change is void
  record ReachabilityChange(
      NodeKind kind, int targetId, long incarnation, Reachability reachability) {}

  /// Forgets a node without targets.
  record RemoveNode(NodeKind kind, int nodeId) implements Command {}

  /// Forgets a target that is not online and not needed.
  record RemoveTarget(NodeKind kind, int targetId) implements Command {}
}
