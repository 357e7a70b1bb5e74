package org.skep.metadata.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.CapacityPool;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Layout;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.StripePattern;
import org.skep.cluster.Target;
import org.skep.runtime.port.Chance;
import org.skep.runtime.real.RealClock;
import org.skep.runtime.route.MapHolder;
import org.skep.wire.message.Kind;
import org.skep.wire.message.SpaceMessage;
import org.skep.wire.message.TargetReport;
import org.skep.wire.message.TargetStatus;

/// Where new files go: groups of storage targets.
final class SpacePlacementTest {
  private static final StripePattern ONE =
      new StripePattern(StripePattern.Kind.BUDDY_MIRROR, 64 << 10, 1, Target.DEFAULT_POOL);
  private static final StripePattern MANY =
      new StripePattern(StripePattern.Kind.BUDDY_MIRROR, 64 << 10, 8, Target.DEFAULT_POOL);

  private final MapHolder maps = new MapHolder(new RealClock());
  private final Random random = new Random(7);
  private final SpacePlacement placement = new SpacePlacement(maps, chance(random));
  private final List<Target> targets = new ArrayList<>();
  private final List<BuddyGroup> groups = new ArrayList<>();

  private static Chance chance(Random random) {
    return new Chance() {
      @Override
      public long nextLong() {
        return random.nextLong();
      }

      @Override
      public int nextInt(int bound) {
        return random.nextInt(bound);
      }

      @Override
      public byte[] secretBytes(int count) {
        throw new AssertionError("no secrets are needed");
      }
    };
  }

  private SpacePlacementTest target(int id, Reachability reachability, Consistency consistency) {
    targets.add(new Target(NodeKind.STORAGE, id, 1, "u" + id, 1, reachability, consistency, 1));
    return this;
  }

  private SpacePlacementTest group(int id, int primary, int secondary) {
    groups.add(new BuddyGroup(NodeKind.STORAGE, id, primary, secondary, 1));
    return this;
  }

  private void offer() {
    Node node = new Node(NodeKind.STORAGE, 1, "n", "h", 1, List.of(new Endpoint.Tcp("n", 1)));
    maps.offer(ClusterMap.of(1, "c", 0, List.of(node), targets, groups));
  }

  private static TargetStatus space(int id, long freeMebibytes, CapacityPool pool) {
    return TargetStatus.newBuilder()
        .setKind(Kind.STORAGE)
        .setCapacityPool(pool.ordinal())
        .setReport(
            TargetReport.newBuilder()
                .setTargetId(id)
                .setSpace(
                    SpaceMessage.newBuilder()
                        .setTotalBytes(1L << 40)
                        .setFreeBytes(freeMebibytes << 20)))
        .build();
  }

  private Map<Integer, Integer> draws(int count) {
    Map<Integer, Integer> drawn = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      Layout layout = placement.layout(ONE);
      drawn.merge(layout.stripes().getFirst(), 1, Integer::sum);
    }
    return drawn;
  }

  @Test
  void aLayoutNamesGroupsAndNotTargets() {
    target(11, Reachability.ONLINE, Consistency.GOOD);
    target(21, Reachability.ONLINE, Consistency.GOOD);
    group(5, 11, 21).offer();
    Layout layout = placement.layout(MANY);
    assertThat(layout.kind()).isEqualTo(StripePattern.Kind.BUDDY_MIRROR);
    assertThat(layout.stripes()).containsExactly(5);
  }

  @Test
  void withoutGroupsThereIsNoPlace() {
    target(11, Reachability.ONLINE, Consistency.GOOD).offer();
    assertThat(placement.layout(ONE)).isNull();
  }

  @Test
  void aGroupHasTheRoomOfItsSmallerMember() {
    for (int id : new int[] {11, 12, 21, 22}) {
      target(id, Reachability.ONLINE, Consistency.GOOD);
    }
    group(1, 11, 21).group(2, 12, 22).offer();
    placement.update(
        List.of(
            space(11, 900_000, CapacityPool.NORMAL),
            space(21, 1_000, CapacityPool.NORMAL),
            space(12, 9_000, CapacityPool.NORMAL),
            space(22, 9_000, CapacityPool.NORMAL)));
    // One to nine by the smaller members; a hundred to one by the primaries.
    assertThat(draws(1000).get(2)).isBetween(850, 950);
  }

  @Test
  void aGroupIsAsFullAsItsFullerMember() {
    for (int id : new int[] {11, 12, 21, 22}) {
      target(id, Reachability.ONLINE, Consistency.GOOD);
    }
    group(1, 11, 21).group(2, 12, 22).offer();
    placement.update(
        List.of(
            space(11, 9_000, CapacityPool.NORMAL),
            space(21, 9_000, CapacityPool.EMERGENCY),
            space(12, 9, CapacityPool.NORMAL),
            space(22, 9, CapacityPool.NORMAL)));
    assertThat(draws(100)).containsOnlyKeys(2);
    assertThat(placement.layout(MANY).stripes()).containsExactly(2);
  }

  @Test
  void aGroupWithoutAGoodMemberOnlineIsAvoidedButOneWithASingleCopyIsNot() {
    target(11, Reachability.OFFLINE, Consistency.GOOD);
    target(21, Reachability.ONLINE, Consistency.NEEDS_RESYNC);
    target(12, Reachability.ONLINE, Consistency.GOOD);
    target(22, Reachability.OFFLINE, Consistency.NEEDS_RESYNC);
    group(1, 11, 21).group(2, 12, 22).offer();
    assertThat(draws(100)).containsOnlyKeys(2);
    assertThat(placement.layout(MANY).stripes()).containsExactly(2);
  }
}
