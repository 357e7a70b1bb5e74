package org.skep.simulation.cluster;

import java.util.ArrayList;
import java.util.List;
import org.skep.client.system.ClusterClient;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.runtime.membership.ManagementUnreachableException;
import org.skep.wire.Answer;
import org.skep.wire.Operations;
import org.skep.wire.message.AddMirrorGroupsReply;
import org.skep.wire.message.AddMirrorGroupsRequest;
import org.skep.wire.message.Kind;
import org.skep.wire.message.NewGroup;

/// The storage groups of a mirrored cluster, as a client sees them. Used on simulated threads.
public final class SimulatedGroups {
  private static final long ANSWER_NANOS = 10_000_000_000L;

  private SimulatedGroups() {}

  /// Pairs the first two targets, the next two, and so on; on a thread of the client's process.
  public static void form(SimulatedCluster cluster, ClusterClient client)
      throws InterruptedException, ManagementUnreachableException {
    AddMirrorGroupsRequest.Builder request =
        AddMirrorGroupsRequest.newBuilder().setKind(Kind.STORAGE);
    List<StorageHost> hosts = cluster.storage();
    for (int i = 0; i + 1 < hosts.size(); i += 2) {
      request.addGroups(
          NewGroup.newBuilder()
              .setPrimary(hosts.get(i).targetId())
              .setSecondary(hosts.get(i + 1).targetId()));
    }
    Answer<AddMirrorGroupsReply> answer =
        client
            .management()
            .call(Operations.ADD_MIRROR_GROUPS, request.build(), ANSWER_NANOS, ANSWER_NANOS);
    if (!(answer instanceof Answer.Done<AddMirrorGroupsReply>)) {
      throw new AssertionError("no groups: " + answer);
    }
    while (client.maps().current().groupsOf(NodeKind.STORAGE).isEmpty()) {
      boolean _ = client.maps().awaitVersion(client.maps().current().version() + 1, ANSWER_NANOS);
    }
  }

  /// What keeps groups from being whole, as clients and storage servers see it; empty if all
  /// members are Good and Online.
  public static List<String> troubles(SimulatedCluster cluster) {
    List<String> troubles = new ArrayList<>();
    for (SimulatedClient client : cluster.clients()) {
      troubles.addAll(troubles(client.client().maps().current()));
    }
    for (StorageHost host : cluster.storage()) {
      ClusterMap map = host.map();
      troubles.addAll(map == null ? List.of(host.host() + " is away") : troubles(map));
    }
    return troubles;
  }

  private static List<String> troubles(ClusterMap map) {
    List<String> troubles = new ArrayList<>();
    for (BuddyGroup group : map.groupsOf(NodeKind.STORAGE)) {
      for (int id : List.of(group.primary(), group.secondary())) {
        Target target = map.target(NodeKind.STORAGE, id);
        if (target == null
            || target.consistency() != Consistency.GOOD
            || target.reachability() != Reachability.ONLINE) {
          troubles.add(group + ": " + target);
        }
      }
    }
    return troubles;
  }

  /// How often acknowledged changes may have been lost, in all groups, as far as any client or
  /// storage server has heard.
  public static long losses(SimulatedCluster cluster) {
    long losses = 0;
    for (SimulatedClient client : cluster.clients()) {
      if (client.isConnected()) {
        losses = Math.max(losses, losses(client.client().maps().current()));
      }
    }
    for (StorageHost host : cluster.storage()) {
      ClusterMap map = host.map();
      losses = map == null ? losses : Math.max(losses, losses(map));
    }
    return losses;
  }

  private static long losses(ClusterMap map) {
    return map.groupsOf(NodeKind.STORAGE).stream().mapToLong(BuddyGroup::losses).sum();
  }
}
