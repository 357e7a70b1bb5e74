package org.skep.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Pairing.Left;
import org.skep.cluster.Pairing.Pair;
import org.skep.cluster.Pairing.Plan;

/// Shards that hold something get secondaries of other nodes, as many as can be.
final class ShardPairingTest {
  private static final String FULL =
      "its shard holds something, and no spare or empty metadata target of another server is left";

  private final List<Node> nodes = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private final List<BuddyGroup> groups = new ArrayList<>();
  private final Set<Integer> empty = new HashSet<>();

  private void node(int id, String failureDomain) {
    nodes.add(new Node(NodeKind.METADATA, id, "n" + id, "", 1, List.of(), failureDomain));
  }

  private void spare(int id, int nodeId) {
    targets.add(
        new Target(
            NodeKind.METADATA,
            id,
            nodeId,
            "u" + id,
            1,
            Reachability.ONLINE,
            Consistency.GOOD,
            Target.DEFAULT_POOL));
  }

  /// One that its server keeps.
  private void kept(int id, int nodeId) {
    targets.add(
        new Target(
            NodeKind.METADATA,
            id,
            nodeId,
            "u" + id,
            1,
            Reachability.ONLINE,
            Consistency.GOOD,
            Target.DEFAULT_POOL,
            true));
  }

  private void full(int id, int nodeId) {
    spare(id, nodeId);
    groups.add(new BuddyGroup(NodeKind.METADATA, id, id, BuddyGroup.NONE, 1));
  }

  private void empty(int id, int nodeId) {
    full(id, nodeId);
    empty.add(id);
  }

  private ClusterMap map() {
    return ClusterMap.of(1, "c", groups.getFirst().id(), nodes, targets, groups);
  }

  private Plan plan() {
    Plan plan = ShardPairing.of(map(), empty);
    assertThat(ShardPairing.of(map(), empty)).as("deterministic").isEqualTo(plan);
    return plan;
  }

  @Test
  void twoNewServersAreOneGroupLedByTheRootsTarget() {
    node(1, "");
    node(2, "");
    empty(1, 1);
    empty(2, 2);
    assertThat(plan()).isEqualTo(new Plan(List.of(new Pair(1, 2)), List.of()));
  }

  @Test
  void threeServersWithTwoTargetsEachAreARing() {
    for (int node = 1; node <= 3; node++) {
      node(node, "");
      full(node, node);
      empty(node * 100 + 2, node);
    }
    assertThat(plan())
        .isEqualTo(
            new Plan(List.of(new Pair(1, 202), new Pair(2, 302), new Pair(3, 102)), List.of()));
    empty.addAll(List.of(2, 3));
    assertThat(plan().left()).as("if all but the root are empty").isEmpty();
    assertThat(plan().pairs())
        .containsExactly(new Pair(1, 202), new Pair(3, 102), new Pair(2, 302));
  }

  @Test
  void serversThatHoldSomethingCopyEachOtherOnTheSparesTheyKeep() {
    node(1, "");
    node(2, "");
    full(1, 1);
    full(2, 2);
    kept(65535, 1);
    kept(65534, 2);
    assertThat(plan())
        .isEqualTo(new Plan(List.of(new Pair(1, 65534), new Pair(2, 65535)), List.of()));
  }

  @Test
  void anEmptyShardGoesBeforeAKeptSpareAndOneThatIsLeftOverIsAsItShouldBe() {
    node(1, "");
    node(2, "");
    full(1, 1);
    empty(2, 2);
    kept(65535, 1);
    kept(65534, 2);
    assertThat(plan()).isEqualTo(new Plan(List.of(new Pair(1, 2)), List.of()));
    spare(202, 2);
    assertThat(plan())
        .as("a spare that is not kept comes first")
        .isEqualTo(new Plan(List.of(new Pair(1, 202), new Pair(2, 65535)), List.of()));
  }

  @Test
  void theOddOneOfEmptyShardsGetsAKeptSpare() {
    for (int node = 1; node <= 3; node++) {
      node(node, "");
      empty(node, node);
      kept(65536 - node, node);
    }
    Plan plan = plan();
    assertThat(plan.left()).isEmpty();
    assertThat(plan.pairs()).hasSize(2);
    assertThat(plan.pairs().getLast().secondary()).isGreaterThan(65000);
  }

  @Test
  void aKeptSpareOfAServerThatIsAwayIsNotLeftOver() {
    node(1, "");
    node(2, "");
    full(1, 1);
    kept(65534, 2);
    targets.set(1, offline(targets.get(1)));
    assertThat(plan()).isEqualTo(new Plan(List.of(), List.of(new Left(1, FULL))));
  }

  private static Target offline(Target target) {
    return new Target(
        target.kind(),
        target.id(),
        target.nodeId(),
        target.uuid(),
        target.epoch(),
        Reachability.OFFLINE,
        target.consistency(),
        target.storagePoolId(),
        target.keptSpare());
  }

  @Test
  void shardsThatHoldSomethingAreNeverGivenUp() {
    node(1, "");
    node(2, "");
    full(1, 1);
    full(2, 2);
    assertThat(plan())
        .isEqualTo(new Plan(List.of(), List.of(new Left(1, FULL), new Left(2, FULL))));
    spare(3, 2);
    assertThat(plan()).isEqualTo(new Plan(List.of(new Pair(1, 3)), List.of(new Left(2, FULL))));
    empty(4, 1);
    assertThat(plan()).isEqualTo(new Plan(List.of(new Pair(1, 3), new Pair(2, 4)), List.of()));
  }

  @Test
  void asManyAsCanBeGetOneThoughTheBestChoiceOfTheFirstIsAnothersOnlyOne() {
    node(1, "");
    node(2, "");
    node(3, "");
    full(1, 1);
    full(2, 2);
    spare(12, 1);
    spare(32, 3);
    assertThat(plan().pairs()).containsExactly(new Pair(1, 32), new Pair(2, 12));
    targets.removeIf(target -> target.id() == 12);
    spare(22, 2);
    assertThat(plan().pairs()).containsExactly(new Pair(1, 22), new Pair(2, 32));
  }

  @Test
  void anotherRoomComesBeforeAnotherRackAndASpareBeforeAnEmptyShard() {
    node(1, "room1/rack1");
    node(2, "room1/rack2");
    node(3, "room2/rack1");
    full(1, 1);
    spare(2, 2);
    empty(3, 3);
    assertThat(plan().pairs()).containsExactly(new Pair(1, 3));
    spare(31, 3);
    assertThat(plan().pairs().getFirst()).isEqualTo(new Pair(1, 31));
  }

  @Test
  void whatIsInAGroupOrOfflineStaysAsItIs() {
    node(1, "");
    node(2, "");
    node(3, "");
    full(1, 1);
    spare(2, 2);
    groups.set(0, new BuddyGroup(NodeKind.METADATA, 1, 1, 2, 5));
    full(3, 3);
    targets.add(
        new Target(NodeKind.METADATA, 9, 1, "u9", 1, Reachability.OFFLINE, Consistency.GOOD, 1));
    spare(32, 3);
    assertThat(plan())
        .isEqualTo(
            new Plan(
                List.of(),
                List.of(
                    new Left(3, FULL),
                    new Left(9, "it is Offline"),
                    new Left(32, "no shard of another server needs this spare"))));
  }

  @Test
  void anyClusterGivesPairsThatCanBe() {
    Random random = new Random(5);
    for (int round = 0; round < 500; round++) {
      nodes.clear();
      targets.clear();
      groups.clear();
      empty.clear();
      int id = 1;
      for (int node = 1; node <= 1 + random.nextInt(5); node++) {
        node(node, random.nextBoolean() ? "" : "room" + random.nextInt(2));
        for (int n = random.nextInt(4); n >= 0; n--, id++) {
          int kind = id == 1 ? 0 : random.nextInt(3);
          if (kind == 0) {
            full(id, node);
          } else if (kind == 1) {
            empty(id, node);
          } else {
            spare(id, node);
          }
        }
      }
      check(map(), plan());
    }
  }

  private void check(ClusterMap map, Plan plan) {
    Set<Integer> seen = new HashSet<>();
    for (Pair pair : plan.pairs()) {
      assertThat(seen.add(pair.primary())).isTrue();
      assertThat(seen.add(pair.secondary())).isTrue();
      assertThat(map.groupOf(NodeKind.METADATA, pair.primary())).isNotNull();
      BuddyGroup own = map.groupOf(NodeKind.METADATA, pair.secondary());
      assertThat(own == null || (empty.contains(own.id()) && own.id() != map.rootShard())).isTrue();
      assertThat(map.target(NodeKind.METADATA, pair.primary()).nodeId())
          .isNotEqualTo(map.target(NodeKind.METADATA, pair.secondary()).nodeId());
    }
    plan.left().forEach(left -> assertThat(seen.add(left.targetId())).isTrue());
    assertThat(seen)
        .as("all are told of")
        .isEqualTo(map.targets().stream().map(Target::id).collect(Collectors.toSet()));
  }
}
