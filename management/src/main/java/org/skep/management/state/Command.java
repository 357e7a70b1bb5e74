package org.skep.management.state;

import java.util.List;
import org.skep.cluster.Endpoint;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.Ids;
import org.skep.cluster.Node;
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
  /// @param failureDomain of [org.skep.cluster.Node]
  record RegisterNode(
      NodeKind kind,
      int nodeId,
      String name,
      String hostId,
      long incarnation,
      List<Endpoint> endpoints,
      List<Claim> claims,
      String clusterId,
      String failureDomain)
      implements Command {

    /// Of a process without a failure domain.
    public RegisterNode(
        NodeKind kind,
        int nodeId,
        String name,
        String hostId,
        long incarnation,
        List<Endpoint> endpoints,
        List<Claim> claims,
        String clusterId) {
      this(kind, nodeId, name, hostId, incarnation, endpoints, claims, clusterId, "");
    }

    public RegisterNode {
      CommandLimits.idOrZero("node", nodeId);
      CommandLimits.name("node name", name, 1, CommandLimits.NAME_LENGTH_MAX);
      CommandLimits.name("host id", hostId, 0, CommandLimits.NAME_LENGTH_MAX);
      CommandLimits.name("cluster id", clusterId, 0, CommandLimits.UUID_LENGTH_MAX);
      CommandLimits.name("failure domain", failureDomain, 0, Node.FAILURE_DOMAIN_LENGTH_MAX);
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
  /// @param unsure it may have lost changes that were acknowledged
  /// @param keptSpare of [org.skep.cluster.Target]
  record Claim(int targetId, String uuid, int storagePoolId, boolean unsure, boolean keptSpare) {

    /// Of a target that has lost nothing.
    public Claim(int targetId, String uuid, int storagePoolId) {
      this(targetId, uuid, storagePoolId, false);
    }

    /// Of a target that an administrator named.
    public Claim(int targetId, String uuid, int storagePoolId, boolean unsure) {
      this(targetId, uuid, storagePoolId, unsure, false);
    }

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

  /// Makes buddy groups, or gives metadata shards their secondaries; all or none.
  record AddGroups(NodeKind kind, List<NewGroup> groups) implements Command {
    public AddGroups {
      if (groups.isEmpty() || groups.size() > CommandLimits.CHANGES_MAX) {
        throw new IllegalArgumentException(groups.size() + " new groups");
      }
      groups = List.copyOf(groups);
    }
  }

  /// @param groupId 0: to be given out; of metadata: that of the shard which the primary serves
  /// @param retiredBy incarnation of the node that has given up the secondary's own, empty shard; 0
  ///   if it was not asked
  record NewGroup(int groupId, int primary, int secondary, long retiredBy) {

    /// Of a secondary without a shard of its own.
    public NewGroup(int groupId, int primary, int secondary) {
      this(groupId, primary, secondary, 0);
    }

    public NewGroup {
      CommandLimits.idOrZero("group", groupId);
      Ids.check("target", primary);
      Ids.check("target", secondary);
    }
  }

  /// Forgets a storage group, where what its members hold of it is the caller's business; takes the
  /// secondary off a metadata shard.
  record RemoveGroup(NodeKind kind, int groupId) implements Command {}

  /// What happened to buddy groups; each counts for itself.
  record GroupEvents(List<Occurrence> occurrences) implements Command {
    public GroupEvents {
      if (occurrences.isEmpty() || occurrences.size() > CommandLimits.CHANGES_MAX) {
        throw new IllegalArgumentException(occurrences.size() + " events of groups");
      }
      occurrences = List.copyOf(occurrences);
    }
  }

  /// @param epoch of the group when it happened; if the group is in another one by now, it is void:
  ///   a member was fenced for this epoch only
  /// @param primary the incarnation of the process that said so as the group's primary: if another
  ///   one has its target by now, it is void, as that one may have gone on alone; 0: whoever
  record Occurrence(NodeKind kind, int groupId, long epoch, GroupEvent event, long primary) {
    public Occurrence(NodeKind kind, int groupId, long epoch, GroupEvent event) {
      this(kind, groupId, epoch, event, 0);
    }
  }
}
