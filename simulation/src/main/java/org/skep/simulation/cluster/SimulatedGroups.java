package org.skep.simulation.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.skep.client.system.ClusterClient;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.runtime.membership.ManagementUnreachableException;
import org.skep.wire.Answer;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.AddMirrorGroupsReply;
import org.skep.wire.message.AddMirrorGroupsRequest;
import org.skep.wire.message.NewGroup;

/// The groups of one kind of a mirrored cluster, as everybody knows them. Used on simulated
/// threads, or on the scheduler's.
public final class SimulatedGroups {
  private static final long ANSWER_NANOS = 30_000_000_000L;

  private static final long PAUSE_NANOS = 1_000_000_000L;
  private static final int TRIES_MAX = 120;

  private final SimulatedCluster cluster;
  private final NodeKind kind;

  public SimulatedGroups(SimulatedCluster cluster, NodeKind kind) {
    this.cluster = cluster;
    this.kind = kind;
  }

  /// Two targets that are to be a group.
  public record Pair(int primary, int secondary) {}

  /// The first two storage targets, the next two, and so on.
  public static List<Pair> storagePairs(SimulatedCluster cluster) {
    List<Pair> pairs = new ArrayList<>();
    List<StorageHost> hosts = cluster.storage();
    for (int i = 0; i + 1 < hosts.size(); i += 2) {
      pairs.add(new Pair(hosts.get(i).targetId(), hosts.get(i + 1).targetId()));
    }
    return pairs;
  }

  /// The root's shard and the next ones, each with one of the last metadata targets, whose own
  /// shards are given up.
  public static List<Pair> shardPairs(SimulatedCluster cluster) {
    List<Integer> targets = cluster.shards();
    List<Pair> pairs = new ArrayList<>();
    int count = cluster.mirroredShards();
    for (int i = 0; i < count; i++) {
      pairs.add(new Pair(targets.get(i), targets.get(targets.size() - count + i)));
    }
    return pairs;
  }

  /// Makes groups, and waits until the client has heard of them; on a thread of its process. Is
  /// refused as long as a server is away, and asks again then.
  public void form(ClusterClient client, List<Pair> pairs)
      throws InterruptedException, ManagementUnreachableException {
    AddMirrorGroupsRequest.Builder request =
        AddMirrorGroupsRequest.newBuilder().setKind(MapCodec.message(kind));
    pairs.forEach(pair ->
        request.addGroups(
            NewGroup.newBuilder().setPrimary(pair.primary()).setSecondary(pair.secondary())));
    for (int tries = 0; !has(client.maps().current(), pairs); tries++) {
      Answer<AddMirrorGroupsReply> answer =
          client
              .management()
              .call(Operations.ADD_MIRROR_GROUPS, request.build(), ANSWER_NANOS, ANSWER_NANOS);
      if (tries == TRIES_MAX) {
        throw new AssertionError("no groups of " + pairs + ": " + answer);
      }
      // An answer that was lost is found in the map.
      boolean _ = client.maps().awaitVersion(client.maps().current().version() + 1, PAUSE_NANOS);
    }
  }

  private boolean has(ClusterMap map, List<Pair> pairs) {
    return pairs.stream()
        .allMatch(pair ->
            map.groupsOf(kind).stream()
                .anyMatch(group ->
                    group.isPair()
                        && group.has(kind, pair.primary())
                        && group.has(kind, pair.secondary())));
  }

  /// What everybody knows who is connected.
  private List<ClusterMap> maps() {
    List<ClusterMap> maps = new ArrayList<>();
    cluster.clients().stream()
        .filter(SimulatedClient::isConnected)
        .forEach(client -> maps.add(client.client().maps().current()));
    for (@Nullable ClusterMap map : serverMaps()) {
      if (map != null) {
        maps.add(map);
      }
    }
    return maps;
  }

  private List<@Nullable ClusterMap> serverMaps() {
    List<@Nullable ClusterMap> maps = new ArrayList<>();
    cluster.storage().forEach(host -> maps.add(host.map()));
    cluster.metadata().forEach(host -> maps.add(host.map()));
    return maps;
  }

  /// The newest map that anybody knows.
  ///
  /// @throws NoSuchElementException if nobody knows one
  public ClusterMap newest() {
    ClusterMap newest = null;
    for (ClusterMap map : maps()) {
      newest = newest == null || map.version() > newest.version() ? map : newest;
    }
    if (newest == null) {
      throw new NoSuchElementException("nobody has a map");
    }
    return newest;
  }

  /// What keeps groups from being whole, as clients and servers see it; empty if all members are
  /// Good and Online.
  public List<String> troubles() {
    List<String> troubles = new ArrayList<>();
    for (@Nullable ClusterMap map : serverMaps()) {
      if (map == null) {
        troubles.add("a server is away");
      }
    }
    maps().forEach(map -> troubles.addAll(troubles(map)));
    return troubles;
  }

  private List<String> troubles(ClusterMap map) {
    List<String> troubles = new ArrayList<>();
    for (BuddyGroup group : map.groupsOf(kind)) {
      if (!group.isPair()) {
        continue;
      }
      for (int id : List.of(group.primary(), group.secondary())) {
        if (!isWell(map, id)) {
          troubles.add(group + ": " + map.target(kind, id));
        }
      }
    }
    return troubles;
  }

  private boolean isWell(ClusterMap map, int targetId) {
    Target target = map.target(kind, targetId);
    return target != null
        && target.consistency() == Consistency.GOOD
        && target.reachability() == Reachability.ONLINE;
  }

  /// Whether both members are Good and Online in the newest map.
  public boolean isWhole(BuddyGroup group) {
    ClusterMap map = newest();
    return group.isPair() && isWell(map, group.primary()) && isWell(map, group.secondary());
  }

  /// How often acknowledged changes may have been lost, in all groups, as far as anybody has heard.
  public long losses() {
    return maps().stream()
        .mapToLong(map ->
            map.groupsOf(kind).stream()
                .filter(BuddyGroup::isPair)
                .mapToLong(BuddyGroup::losses)
                .sum())
        .max()
        .orElse(0);
  }
}
