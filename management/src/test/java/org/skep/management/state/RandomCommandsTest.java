package org.skep.management.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.Ids;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.management.machine.RecordCodec;
import org.skep.management.state.Command.AddGroups;
import org.skep.management.state.Command.Claim;
import org.skep.management.state.Command.CreateCluster;
import org.skep.management.state.Command.GroupEvents;
import org.skep.management.state.Command.NewGroup;
import org.skep.management.state.Command.Occurrence;
import org.skep.management.state.Command.ReachabilityChange;
import org.skep.management.state.Command.RegisterNode;
import org.skep.management.state.Command.RemoveGroup;
import org.skep.management.state.Command.RemoveNode;
import org.skep.management.state.Command.RemoveTarget;
import org.skep.management.state.Command.SetReachability;

/// Any sequence of commands keeps the invariants; a command, a result and a state read from their
/// records are the same.
final class RandomCommandsTest {
  private static final int COMMANDS = 4000;
  private static final NodeKind[] KINDS = NodeKind.values();

  private final Map<String, Long> epochs = new HashMap<>();
  private final Map<String, String> uuids = new HashMap<>();
  private final Map<NodeKind, Integer> pairs = new EnumMap<>(NodeKind.class);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void keepInvariants(long seed) {
    Random random = new Random(seed);
    ClusterState state = ClusterState.EMPTY;
    int changes = 0;
    for (int i = 0; i < COMMANDS; i++) {
      Command command = command(random, state.map());
      assertThat(RecordCodec.command(RecordCodec.bytes(command))).isEqualTo(command);
      Step step = state.apply(command);
      assertThat(step).as("deterministic").isEqualTo(state.apply(command));
      assertThat(RecordCodec.result(RecordCodec.bytes(step.result()))).isEqualTo(step.result());
      check(state, command, step);
      if (!step.state().equals(state)) {
        changes++;
      }
      state = step.state();
    }
    assertThat(RecordCodec.state(RecordCodec.bytes(state))).isEqualTo(state);
    for (NodeKind kind : List.of(NodeKind.STORAGE, NodeKind.METADATA)) {
      assertThat(pairs.get(kind))
          .as("pairs of %s, seed %d", kind, seed)
          .isGreaterThan(COMMANDS / 2);
    }
    assertThat(changes)
        .as("commands that changed something, seed %d", seed)
        .isGreaterThan(COMMANDS / 10);
  }

  private static Command command(Random random, ClusterMap map) {
    NodeKind kind =
        random.nextInt(20) == 0
            ? KINDS[random.nextInt(KINDS.length)]
            : random.nextBoolean() ? NodeKind.METADATA : NodeKind.STORAGE;
    return switch (random.nextInt(16)) {
      case 10, 11 -> addGroups(random, map, kind);
      case 12 -> new RemoveGroup(kind, random.nextInt(5));
      case 13, 14, 15 -> events(random, map, kind);
      case 0 -> new CreateCluster(random.nextInt(50) == 0 ? "other" : "c");
      case 1, 2, 3, 4 -> register(random, kind);
      case 5, 6, 7 -> reachability(random, kind);
      case 8 -> new RemoveTarget(kind, targetId(random));
      default -> new RemoveNode(kind, random.nextInt(6));
    };
  }

  private static int targetId(Random random) {
    if (random.nextInt(12) == 0) {
      return Ids.ID_MAX - random.nextInt(2); // a kept spare's
    }
    return random.nextBoolean()
        ? random.nextInt(8)
        : (1 + random.nextInt(5)) * 100 + random.nextInt(4);
  }

  private static RegisterNode register(Random random, NodeKind kind) {
    List<Claim> claims = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      int id = random.nextInt(3) == 0 ? targetId(random) : 0;
      boolean unsure = random.nextInt(4) == 0;
      boolean kept = kind == NodeKind.METADATA && random.nextInt(6) == 0;
      claims.add(new Claim(id, "u" + random.nextInt(12), random.nextInt(2), unsure, kept));
    }
    return new RegisterNode(
        kind,
        random.nextBoolean() ? 0 : random.nextInt(6),
        "host" + random.nextInt(3),
        "boot",
        random.nextInt(4),
        List.of(new Endpoint.Tcp("host", 1 + random.nextInt(3))),
        random.nextInt(30) == 0 ? List.of() : claims,
        random.nextInt(20) == 0 ? "other" : random.nextBoolean() ? "" : "c",
        random.nextBoolean() ? "" : "room" + random.nextInt(2));
  }

  /// Mostly one that there is.
  private static int member(Random random, ClusterMap map, NodeKind kind) {
    List<Target> known = map.targets().stream().filter(target -> target.kind() == kind).toList();
    return known.isEmpty() || random.nextInt(4) == 0
        ? Math.max(1, targetId(random))
        : known.get(random.nextInt(known.size())).id();
  }

  private static AddGroups addGroups(Random random, ClusterMap map, NodeKind kind) {
    List<NewGroup> groups = new ArrayList<>();
    for (int i = random.nextInt(2); i >= 0; i--) {
      int id = kind == NodeKind.STORAGE ? random.nextInt(4) : 0;
      int secondary = member(random, map, kind);
      groups.add(
          new NewGroup(
              id, member(random, map, kind), secondary, retiredBy(random, map, kind, secondary)));
    }
    return new AddGroups(kind, groups);
  }

  /// Mostly the process that has the target.
  private static long retiredBy(Random random, ClusterMap map, NodeKind kind, int target) {
    Node node = map.nodeOfTarget(kind, target);
    return node == null || random.nextInt(3) == 0 ? random.nextInt(4) : node.incarnation();
  }

  private static GroupEvents events(Random random, ClusterMap map, NodeKind kind) {
    List<BuddyGroup> known = map.groups().stream().filter(group -> group.kind() == kind).toList();
    List<Occurrence> occurrences = new ArrayList<>();
    for (int i = random.nextInt(12); i >= 0; i--) {
      int id = random.nextInt(5);
      int target = member(random, map, kind);
      long epoch = 1L + random.nextInt(8);
      if (!known.isEmpty() && random.nextInt(4) != 0) {
        BuddyGroup group = known.get(random.nextInt(known.size()));
        id = group.id();
        target = Math.max(1, random.nextBoolean() ? group.primary() : group.secondary());
        epoch = group.epoch();
      }
      GroupEvent event = event(random, target, epoch);
      occurrences.add(new Occurrence(kind, id, epoch, event, random.nextInt(3)));
    }
    return new GroupEvents(occurrences);
  }

  private static GroupEvent event(Random random, int target, long epoch) {
    return switch (random.nextInt(7)) {
      case 0 -> new GroupEvent.Seen(target, Reachability.values()[random.nextInt(3)]);
      case 1 -> new GroupEvent.Returned(target, random.nextBoolean());
      case 2 -> new GroupEvent.StepsOut(target);
      case 3 -> new GroupEvent.Unsure(target);
      case 4 -> new GroupEvent.Resynced(target, epoch);
      case 5 -> new GroupEvent.Demand(target);
      default ->
          new GroupEvent.Declare(target, random.nextBoolean() ? Consistency.GOOD : Consistency.BAD);
    };
  }

  private static SetReachability reachability(Random random, NodeKind kind) {
    List<ReachabilityChange> changes = new ArrayList<>();
    for (int i = random.nextInt(8); i >= 0; i--) {
      changes.add(
          new ReachabilityChange(
              kind, targetId(random), random.nextInt(4), Reachability.values()[random.nextInt(3)]));
    }
    return new SetReachability(changes);
  }

  private void check(ClusterState before, Command command, Step step) {
    ClusterMap old = before.map();
    ClusterMap map = step.state().map();
    long growth = map.equals(old) ? 0 : 1;
    assertThat(map.version()).as("%s", command).isEqualTo(old.version() + growth);
    if (step.result() instanceof Result.Rejected) {
      assertThat(step.state()).as("%s", command).isEqualTo(before);
    }
    if (step.result() instanceof Result.Registered(int nodeId, List<Integer> targetIds)) {
      RegisterNode register = (RegisterNode) command;
      assertThat(targetIds).hasSize(register.claims().size()).doesNotHaveDuplicates();
      for (int i = 0; i < targetIds.size(); i++) {
        Target target = map.target(register.kind(), targetIds.get(i));
        assertThat(target.uuid()).isEqualTo(register.claims().get(i).uuid());
        assertThat(target.nodeId()).isEqualTo(nodeId);
        assertThat(target.reachability()).isEqualTo(Reachability.ONLINE);
        assertThat(target.keptSpare()).isEqualTo(register.claims().get(i).keptSpare());
        if (target.keptSpare() && old.groupOf(NodeKind.METADATA, target.id()) == null) {
          BuddyGroup again = map.groupOf(NodeKind.METADATA, target.id());
          assertThat(again == null || before.retiredOfId(target.kind(), target.id()) != null)
              .as("no shard is made for a kept spare: %s", target)
              .isTrue();
        }
      }
    }
    Set<String> seen = new HashSet<>();
    for (Target target : map.targets()) {
      String name = target.kind() + " target " + target.id();
      assertThat(map.nodeOfTarget(target.kind(), target.id())).as(name).isNotNull();
      assertThat(seen.add(target.kind() + target.uuid())).as("one target of a uuid").isTrue();
      assertThat(uuids.putIfAbsent(name, target.uuid())).as(name).isIn(null, target.uuid());
      grows(name, target.epoch());
    }
    Set<String> members = new HashSet<>();
    for (BuddyGroup group : map.groups()) {
      grows(group.kind() + " group " + group.id(), group.epoch());
      checkPair(map, group, members);
    }
    if (old.rootShard() != 0) {
      assertThat(map.rootShard()).isEqualTo(old.rootShard());
      assertThat(map.group(NodeKind.METADATA, map.rootShard())).isNotNull();
    }
  }

  private void checkPair(ClusterMap map, BuddyGroup group, Set<String> members) {
    String kind = group.kind().label();
    assertThat(members.add(kind + group.primary())).as("in one group: %s", group).isTrue();
    if (group.secondary() == BuddyGroup.NONE) {
      return;
    }
    pairs.merge(group.kind(), 1, Integer::sum);
    assertThat(members.add(kind + group.secondary())).as("in one group: %s", group).isTrue();
    if (map.target(group.kind(), group.primary()).consistency() != Consistency.GOOD) {
      assertThat(map.target(group.kind(), group.secondary()).consistency())
          .as("a Good member leads: %s", group)
          .isNotEqualTo(Consistency.GOOD);
    }
  }

  private void grows(String name, long epoch) {
    Long last = epochs.put(name, epoch);
    assertThat(epoch).as("epoch of %s", name).isGreaterThanOrEqualTo(last == null ? 1 : last);
  }
}
