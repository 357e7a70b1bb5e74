package org.skep.simulation.workload;

import java.util.List;
import java.util.SplittableRandom;
import org.skep.client.system.ClusterClient;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.SimulatedGroups;
import org.skep.simulation.cluster.SimulatedGroups.Pair;
import org.skep.wire.Answer;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.Empty;
import org.skep.wire.message.RemoveMirrorGroupRequest;
import org.skep.wire.message.StartShardResyncReply;
import org.skep.wire.message.StartShardResyncRequest;

/// What `skep ctl` does to metadata groups while clients work: orders resyncs, takes a group's
/// secondary off and gives it back. Used on threads of one client's process.
final class Operator {
  private static final long SECOND = 1_000_000_000L;
  private static final long ANSWER_NANOS = 20 * SECOND;

  private final Scene scene;
  private final SimulatedGroups groups;
  private final ClusterClient client;
  private final SplittableRandom random;

  Operator(Scene scene, ClusterClient client) {
    this.scene = scene;
    this.client = client;
    groups = new SimulatedGroups(scene.cluster(), NodeKind.METADATA);
    random = scene.random().split();
  }

  /// Does something to a group, which may be refused: not all is possible at all times.
  void act() throws Exception {
    List<BuddyGroup> pairs =
        client.maps().current().groupsOf(NodeKind.METADATA).stream()
            .filter(BuddyGroup::isPair)
            .toList();
    if (!pairs.isEmpty()) {
      BuddyGroup group = pairs.get(random.nextInt(pairs.size()));
      if (random.nextInt(3) > 0) {
        orderResync(group);
      } else {
        takeOff(group);
        scene.sleep(random.nextLong(2 * SECOND));
        giveBack();
      }
    }
    scene.sleep(random.nextLong(2 * SECOND));
  }

  private void orderResync(BuddyGroup group) {
    StartShardResyncRequest request =
        StartShardResyncRequest.newBuilder().setRestart(random.nextBoolean()).build();
    Answer<StartShardResyncReply> answer =
        client
            .router()
            .callShard(group.id(), Operations.START_SHARD_RESYNC, request, 0, 0, ANSWER_NANOS);
    scene.note("start-resync of " + group + ": " + answer);
  }

  private void takeOff(BuddyGroup group) throws Exception {
    RemoveMirrorGroupRequest request =
        RemoveMirrorGroupRequest.newBuilder()
            .setKind(MapCodec.message(NodeKind.METADATA))
            .setGroupId(group.id())
            .build();
    Answer<Empty> answer =
        client
            .management()
            .call(Operations.REMOVE_MIRROR_GROUP, request, ANSWER_NANOS, ANSWER_NANOS);
    scene.note("take the secondary off " + group + ": " + answer);
    // Until it is known here.
    scene.sleep(SECOND);
  }

  /// Gives every group of one target that target as its secondary which has no group, if there is
  /// one.
  void giveBack() throws Exception {
    SimulatedCluster cluster = scene.cluster();
    ClusterMap map = groups.newest();
    boolean known = client.maps().awaitVersion(map.version(), 30 * SECOND);
    List<BuddyGroup> mirrored = map.groupsOf(NodeKind.METADATA);
    List<Integer> spares =
        cluster.shards().stream()
            .filter(id -> mirrored.stream().noneMatch(group -> group.has(NodeKind.METADATA, id)))
            .toList();
    List<BuddyGroup> alone =
        cluster.shards().subList(0, cluster.mirroredShards()).stream()
            .map(id -> map.group(NodeKind.METADATA, id))
            .filter(group -> group != null && !group.isPair())
            .toList();
    for (int i = 0; known && i < Math.min(spares.size(), alone.size()); i++) {
      groups.form(client, List.of(new Pair(alone.get(i).primary(), spares.get(i))));
    }
  }

  /// @throws AssertionError if a group that should have two targets has not
  void checkPairs() {
    long pairs =
        groups.newest().groupsOf(NodeKind.METADATA).stream().filter(BuddyGroup::isPair).count();
    if (pairs != scene.cluster().mirroredShards()) {
      throw new AssertionError(pairs + " groups of two: " + groups.newest());
    }
  }
}
