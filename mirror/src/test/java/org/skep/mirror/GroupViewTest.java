package org.skep.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.mirror.GroupView.Role;

class GroupViewTest {

  private static ClusterMap map(
      Consistency primary, Consistency secondary, long epoch, long incarnation) {
    return ClusterMap.of(
        epoch,
        "cluster",
        0,
        List.of(node(1, 11), node(2, incarnation)),
        List.of(target(101, 1, primary), target(102, 2, secondary), target(103, 2, primary)),
        List.of(new BuddyGroup(NodeKind.STORAGE, 7, 101, 102, epoch, 2)));
  }

  private static Node node(int id, long incarnation) {
    return new Node(NodeKind.STORAGE, id, "host" + id, "boot", incarnation, List.of());
  }

  private static Target target(int id, int node, Consistency consistency) {
    return new Target(NodeKind.STORAGE, id, node, "u" + id, 1, Reachability.ONLINE, consistency, 1);
  }

  @ParameterizedTest
  @CsvSource({
    "GOOD, GOOD, PRIMARY_OF_PAIR, SECONDARY",
    "GOOD, NEEDS_RESYNC, PRIMARY_ALONE, SECONDARY_STALE",
    "GOOD, BAD, PRIMARY_ALONE, SECONDARY_STALE",
    "NEEDS_RESYNC, GOOD, PRIMARY_UNFIT, SECONDARY",
    "BAD, NEEDS_RESYNC, PRIMARY_UNFIT, SECONDARY_STALE"
  })
  void the_role_follows_from_place_and_consistency(
      Consistency primary, Consistency secondary, Role ofPrimary, Role ofSecondary) {
    ClusterMap map = map(primary, secondary, 5, 22);
    GroupView first = GroupView.of(map, NodeKind.STORAGE, 101);
    GroupView second = GroupView.of(map, NodeKind.STORAGE, 102);
    assertThat(first.role()).isEqualTo(ofPrimary);
    assertThat(second.role()).isEqualTo(ofSecondary);
    assertThat(first.buddyIncarnation()).isEqualTo(22);
    assertThat(second.buddyIncarnation()).isEqualTo(11);
    assertThat(first.durability()).isEqualTo(3);
  }

  @Test
  void a_target_in_no_group_or_on_no_map_has_no_role() {
    ClusterMap map = map(Consistency.GOOD, Consistency.GOOD, 5, 22);
    assertThat(GroupView.of(map, NodeKind.STORAGE, 103).role()).isEqualTo(Role.NONE);
    assertThat(GroupView.of(map, NodeKind.METADATA, 101).role()).isEqualTo(Role.NONE);
    assertThat(GroupView.of(ClusterMap.EMPTY, NodeKind.STORAGE, 101).role()).isEqualTo(Role.NONE);
  }

  @Test
  void another_epoch_begins_a_term_another_process_only_that_of_its_secondary() {
    ClusterMap before = map(Consistency.GOOD, Consistency.GOOD, 5, 22);
    ClusterMap restarted = map(Consistency.GOOD, Consistency.GOOD, 5, 23);
    ClusterMap later = map(Consistency.GOOD, Consistency.GOOD, 6, 22);
    GroupView primary = GroupView.of(before, NodeKind.STORAGE, 101);
    assertThat(primary.sameTerm(GroupView.of(restarted, NodeKind.STORAGE, 101))).isTrue();
    assertThat(primary.sameTerm(GroupView.of(later, NodeKind.STORAGE, 101))).isFalse();
    // Node 1 is the primary's: seen from the secondary another process of it begins a term.
    ClusterMap other =
        ClusterMap.of(
            6, "cluster", 0, List.of(node(1, 12), node(2, 22)), before.targets(), before.groups());
    GroupView secondary = GroupView.of(before, NodeKind.STORAGE, 102);
    assertThat(secondary.sameTerm(GroupView.of(other, NodeKind.STORAGE, 102))).isFalse();
  }
}
