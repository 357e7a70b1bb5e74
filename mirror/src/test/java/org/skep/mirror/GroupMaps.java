package org.skep.mirror;

import java.util.List;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;

/// Maps of one metadata group, seen from its member OWN. A map's version is also the group's epoch,
/// if nothing else is said.
public record GroupMaps(List<Endpoint> buddyAt) {
  public static final int GROUP = 4;
  public static final int OWN = 10;
  public static final int BUDDY = 20;
  public static final long BUDDY_PROCESS = 77;

  /// Whose buddy is nowhere.
  public static final GroupMaps UNREACHED = new GroupMaps(List.of());

  /// @param primary of the group; the other one is the secondary
  public ClusterMap map(
      long version,
      long epoch,
      int primary,
      Consistency own,
      Consistency other,
      long buddyProcess) {
    int secondary = primary == OWN ? BUDDY : OWN;
    return ClusterMap.of(
        version,
        "c",
        0,
        List.of(
            new Node(NodeKind.METADATA, 1, "a", "", 1, List.of()),
            new Node(NodeKind.METADATA, 2, "b", "", buddyProcess, buddyAt)),
        List.of(target(OWN, 1, own), target(BUDDY, 2, other)),
        List.of(new BuddyGroup(NodeKind.METADATA, GROUP, primary, secondary, epoch)));
  }

  private static Target target(int id, int node, Consistency consistency) {
    return new Target(
        NodeKind.METADATA, id, node, "uuid" + id, 1, Reachability.ONLINE, consistency, 0);
  }

  public ClusterMap alone(long version) {
    return alone(version, version);
  }

  public ClusterMap alone(long version, long epoch) {
    return map(version, epoch, OWN, Consistency.GOOD, Consistency.NEEDS_RESYNC, BUDDY_PROCESS);
  }

  public ClusterMap pair(long version) {
    return map(version, version, OWN, Consistency.GOOD, Consistency.GOOD, BUDDY_PROCESS);
  }

  public ClusterMap secondary(long version) {
    return map(version, version, BUDDY, Consistency.GOOD, Consistency.GOOD, BUDDY_PROCESS);
  }

  public ClusterMap stale(long version) {
    return map(version, version, BUDDY, Consistency.NEEDS_RESYNC, Consistency.GOOD, BUDDY_PROCESS);
  }
}
