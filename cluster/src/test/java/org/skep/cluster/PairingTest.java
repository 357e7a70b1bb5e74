package org.skep.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Pairing.Left;
import org.skep.cluster.Pairing.Pair;
import org.skep.cluster.Pairing.Plan;

/// Pairs are of different nodes, as far apart as can be, and as many as can be.
final class PairingTest {
  private final List<Node> nodes = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private final List<BuddyGroup> groups = new ArrayList<>();

  private void node(int id, String failureDomain, int... targetIds) {
    nodes.add(new Node(NodeKind.STORAGE, id, "n" + id, "", 1, List.of(), failureDomain));
    for (int targetId : targetIds) {
      target(targetId, id, Reachability.ONLINE, Target.DEFAULT_POOL);
    }
  }

  private void target(int id, int nodeId, Reachability reachability, int pool) {
    targets.add(
        new Target(
            NodeKind.STORAGE, id, nodeId, "u" + id, 1, reachability, Consistency.GOOD, pool));
  }

  private ClusterMap map() {
    return ClusterMap.of(1, "c", 0, nodes, targets, groups);
  }

  private Plan plan() {
    Plan plan = Pairing.of(map(), NodeKind.STORAGE);
    assertThat(Pairing.of(map(), NodeKind.STORAGE)).as("deterministic").isEqualTo(plan);
    return plan;
  }

  @Test
  void threeServersWithTwoTargetsGiveThreeGroups() {
    node(301, "", 3011, 3012);
    node(302, "", 3021, 3022);
    node(303, "", 3031, 3032);
    Plan plan = plan();
    assertThat(plan.left()).isEmpty();
    assertThat(plan.pairs())
        .containsExactly(new Pair(3011, 3021), new Pair(3031, 3012), new Pair(3022, 3032));
  }

  @Test
  void roomsComeBeforeRacksAndRacksBeforeNodes() {
    node(1, "room1/rack1", 101);
    node(2, "room1/rack2", 201);
    node(3, "room2/rack1", 301);
    node(4, "room2/rack1", 401);
    assertThat(plan().pairs()).containsExactlyInAnyOrder(new Pair(101, 301), new Pair(201, 401));
    nodes.clear();
    targets.clear();
    node(1, "room1/rack1", 101);
    node(2, "room1/rack1", 201);
    node(3, "room1/rack2", 301);
    node(4, "room1/rack2", 401);
    assertThat(plan().pairs()).containsExactlyInAnyOrder(new Pair(101, 301), new Pair(201, 401));
  }

  @Test
  void whatRoomsLeaveIsPairedAcrossNodes() {
    node(1, "a", 101, 102);
    node(2, "b", 201, 202);
    node(3, "b", 301, 302);
    Plan plan = plan();
    assertThat(plan.left()).isEmpty();
    assertThat(plan.pairs()).hasSize(3);
  }

  @Test
  void leftoversAreNamedWithTheReason() {
    node(1, "", 101, 102, 103, 104);
    node(2, "", 201);
    target(202, 2, Reachability.OFFLINE, Target.DEFAULT_POOL);
    target(203, 2, Reachability.ONLINE, 7);
    Plan plan = plan();
    assertThat(plan.pairs()).containsExactly(new Pair(101, 201));
    assertThat(plan.left()).extracting(Left::targetId).containsExactly(102, 103, 104, 202, 203);
    assertThat(plan.left().get(0).reason()).contains("another node than 1").contains("pool 1");
    assertThat(plan.left().get(3).reason()).contains("Offline");
    assertThat(plan.left().get(4).reason()).contains("pool 7");
  }

  @Test
  void membersOfGroupsAreNotPairedAgain() {
    node(1, "", 101, 102);
    node(2, "", 201, 202);
    groups.add(new BuddyGroup(NodeKind.STORAGE, 1, 201, 102, 1));
    assertThat(plan().pairs()).containsExactly(new Pair(101, 202));
    groups.add(new BuddyGroup(NodeKind.STORAGE, 2, 101, 202, 1));
    assertThat(plan()).isEqualTo(new Plan(List.of(), List.of()));
  }

  @Test
  void primariesAreSpreadOverTheNodes() {
    node(1, "", 101, 102, 103, 104);
    node(2, "", 201, 202, 203, 204);
    assertThat(plan().pairs().stream().filter(pair -> pair.primary() < 200)).hasSize(2);
  }

  @Test
  void asManyPairsAsCanBeOfAnyNumberOfNodes() {
    Random random = new Random(3);
    for (int round = 0; round < 500; round++) {
      nodes.clear();
      targets.clear();
      Map<String, Integer> rooms = new HashMap<>();
      int total = 0;
      int largest = 0;
      for (int id = 1; id <= 1 + random.nextInt(6); id++) {
        int count = random.nextInt(5);
        String room = "room" + random.nextInt(3);
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) {
          ids[i] = id * 100 + i;
        }
        node(id, room + "/rack" + random.nextInt(2), ids);
        rooms.merge(room, count, Integer::sum);
        total += count;
        largest = Math.max(largest, count);
      }
      check(plan(), total, largest, rooms);
    }
  }

  private void check(Plan plan, int total, int largest, Map<String, Integer> rooms) {
    ClusterMap map = map();
    Set<Integer> seen = new HashSet<>();
    int acrossRooms = 0;
    for (Pair pair : plan.pairs()) {
      assertThat(seen.add(pair.primary()) && seen.add(pair.secondary())).isTrue();
      Node one = map.nodeOfTarget(NodeKind.STORAGE, pair.primary());
      Node other = map.nodeOfTarget(NodeKind.STORAGE, pair.secondary());
      assertThat(one.id()).isNotEqualTo(other.id());
      acrossRooms += one.failureDomain().startsWith(other.failureDomain().substring(0, 5)) ? 0 : 1;
    }
    assertThat(seen.size() + plan.left().size()).isEqualTo(total);
    assertThat(plan.pairs()).as("%s", targets).hasSize(Math.min(total / 2, total - largest));
    int largestRoom = rooms.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    assertThat(acrossRooms).isEqualTo(Math.min(total / 2, total - largestRoom));
  }
}
