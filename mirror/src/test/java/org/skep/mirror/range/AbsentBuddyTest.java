package org.skep.mirror.range;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Consistency;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.mirror.GroupView;
import org.skep.mirror.GroupView.Role;

class AbsentBuddyTest {
  private static final GroupView PAIR = view(Role.PRIMARY_OF_PAIR, Reachability.ONLINE, 7, 0, 1);
  private static final GroupView AWAY = view(Role.PRIMARY_ALONE, Reachability.OFFLINE, 8, 0, 1);
  private final AbsentBuddy absent = new AbsentBuddy();

  private static GroupView view(
      Role role, Reachability ofBuddy, long epoch, long losses, long incarnation) {
    return new GroupView(
        role,
        1,
        new BuddyGroup(NodeKind.STORAGE, 5, 101, 102, epoch, losses),
        target(101, Reachability.ONLINE),
        target(102, ofBuddy),
        new Node(NodeKind.STORAGE, 2, "host", "boot", incarnation, List.of()));
  }

  private static Target target(int id, Reachability seen) {
    return new Target(NodeKind.STORAGE, id, id, "uuid" + id, 1, seen, Consistency.GOOD, 1);
  }

  private boolean hasAll(GroupView before, GroupView next) {
    absent.begins(before, next);
    return absent.hasAll();
  }

  @Test
  void one_that_left_a_good_pair_has_all() {
    assertThat(hasAll(PAIR, AWAY)).isTrue();
    assertThat(hasAll(view(Role.SECONDARY, Reachability.PROBABLY_OFFLINE, 7, 0, 1), AWAY)).isTrue();
    absent.renewed(AWAY);
    assertThat(absent.hasAll()).isTrue();
  }

  @Test
  void one_that_was_put_out_while_it_was_there_may_lack_something() {
    assertThat(hasAll(PAIR, view(Role.PRIMARY_ALONE, Reachability.ONLINE, 8, 0, 1))).isFalse();
    absent.renewed(AWAY);
    assertThat(absent.hasAll()).isFalse();
  }

  @Test
  void nothing_is_known_of_what_happened_elsewhere() {
    assertThat(hasAll(GroupView.NOTHING, AWAY)).as("a new process").isFalse();
    assertThat(hasAll(view(Role.PRIMARY_ALONE, Reachability.OFFLINE, 7, 0, 1), AWAY)).isFalse();
    assertThat(hasAll(view(Role.SECONDARY_STALE, Reachability.ONLINE, 7, 0, 1), AWAY)).isFalse();
    assertThat(hasAll(PAIR, view(Role.PRIMARY_ALONE, Reachability.OFFLINE, 9, 0, 1)))
        .as("a term was missed")
        .isFalse();
    assertThat(hasAll(PAIR, view(Role.PRIMARY_ALONE, Reachability.OFFLINE, 8, 1, 1)))
        .as("something was lost")
        .isFalse();
    assertThat(hasAll(PAIR, view(Role.PRIMARY_ALONE, Reachability.OFFLINE, 8, 0, 2)))
        .as("another process was back")
        .isFalse();
  }

  @Test
  void a_return_or_a_resync_ends_the_knowledge() {
    assertThat(hasAll(PAIR, AWAY)).isTrue();
    absent.renewed(view(Role.PRIMARY_ALONE, Reachability.OFFLINE, 8, 0, 2));
    assertThat(absent.hasAll()).isFalse();
    assertThat(hasAll(PAIR, AWAY)).isTrue();
    absent.renewed(view(Role.PRIMARY_ALONE, Reachability.ONLINE, 8, 0, 1));
    assertThat(absent.hasAll()).isFalse();
    assertThat(hasAll(PAIR, AWAY)).isTrue();
    absent.doubt();
    assertThat(absent.hasAll()).isFalse();
  }
}
