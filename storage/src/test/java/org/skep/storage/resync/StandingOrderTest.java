package org.skep.storage.resync;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Consistency;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.mirror.GroupView;
import org.skep.mirror.GroupView.Role;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.storage.resync.ResyncRun.Order;

class StandingOrderTest {
  private static final Order ALL = new Order(0L, false);
  private final MemoryDisk disk = new MemoryDisk("disk");

  private static Target target(int id, Consistency consistency) {
    return new Target(
        NodeKind.STORAGE, id, id, "uuid" + id, 1, Reachability.ONLINE, consistency, 1);
  }

  private static GroupView view(Role role, int group, int buddy, long epoch) {
    Consistency worth = role == Role.PRIMARY_OF_PAIR ? Consistency.GOOD : Consistency.NEEDS_RESYNC;
    return new GroupView(
        role,
        9,
        new BuddyGroup(NodeKind.STORAGE, group, 101, buddy, epoch),
        target(101, Consistency.GOOD),
        target(buddy, worth),
        null);
  }

  private static GroupView alone(long epoch) {
    return view(Role.PRIMARY_ALONE, 5, 102, epoch);
  }

  private static GroupView pair(long epoch) {
    return view(Role.PRIMARY_OF_PAIR, 5, 102, epoch);
  }

  private StandingOrder ordered(GroupView view) throws Exception {
    StandingOrder standing = StandingOrder.open(disk);
    standing.add(view, ALL, false);
    return standing;
  }

  @Test
  void an_order_survives_the_host() throws Exception {
    assertThat(ordered(alone(7)).of(alone(7))).isEqualTo(ALL);
    disk.crash();
    StandingOrder next = StandingOrder.open(disk);
    next.settle(GroupView.NOTHING);
    next.settle(alone(7));
    next.settle(alone(8));
    next.settle(view(Role.PRIMARY_UNFIT, 5, 102, 9));
    assertThat(next.of(alone(10))).isEqualTo(ALL);
    next.forget();
    disk.crash();
    assertThat(StandingOrder.open(disk).of(alone(10))).isEqualTo(Order.NONE);
  }

  @Test
  void it_is_about_one_group_and_one_secondary() throws Exception {
    StandingOrder standing = ordered(alone(7));
    assertThat(standing.of(view(Role.PRIMARY_ALONE, 6, 102, 7))).isEqualTo(Order.NONE);
    assertThat(standing.of(view(Role.PRIMARY_ALONE, 5, 103, 7))).isEqualTo(Order.NONE);
    standing.settle(view(Role.PRIMARY_ALONE, 5, 103, 9));
    assertThat(standing.of(alone(9))).isEqualTo(Order.NONE);
    assertThat(StandingOrder.open(disk).of(alone(9))).isEqualTo(Order.NONE);
  }

  @Test
  void it_is_over_when_the_secondary_became_good_or_this_member_is_no_primary() throws Exception {
    StandingOrder demanded = ordered(pair(7));
    demanded.settle(pair(7));
    assertThat(demanded.of(alone(8))).isEqualTo(ALL);
    demanded.settle(pair(9));
    assertThat(demanded.of(alone(10))).isEqualTo(Order.NONE);
    for (Role role : new Role[] {Role.SECONDARY, Role.SECONDARY_STALE, Role.NONE}) {
      StandingOrder standing = ordered(alone(7));
      standing.settle(view(role, 5, 102, 8));
      assertThat(standing.of(alone(9))).as(role.name()).isEqualTo(Order.NONE);
    }
  }

  @Test
  void what_management_had_not_heard_of_dies_with_the_process() throws Exception {
    StandingOrder _ = ordered(pair(7));
    StandingOrder next = StandingOrder.open(disk);
    next.settle(pair(7));
    assertThat(next.of(alone(8))).isEqualTo(Order.NONE);
  }

  @Test
  void another_time_replaces_the_first_and_restarting_without_one_compares() throws Exception {
    StandingOrder standing = ordered(alone(7));
    standing.add(alone(7), Order.NONE, false);
    assertThat(standing.of(alone(7))).isEqualTo(ALL);
    Object before = standing.state();
    standing.add(alone(7), new Order(500L, false), false);
    assertThat(standing.of(alone(7))).isEqualTo(new Order(500L, false));
    standing.takeBack(standing.state(), before);
    assertThat(standing.of(alone(7))).isEqualTo(ALL);
    assertThat(StandingOrder.open(disk).of(alone(7))).isEqualTo(ALL);
    standing.add(alone(7), Order.NONE, true);
    assertThat(standing.of(alone(7))).isEqualTo(new Order(null, true));
  }
}
