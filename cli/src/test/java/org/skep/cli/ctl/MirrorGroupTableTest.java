package org.skep.cli.ctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.cluster.Consistency.GOOD;
import static org.skep.cluster.Consistency.NEEDS_RESYNC;
import static org.skep.cluster.NodeKind.METADATA;
import static org.skep.cluster.NodeKind.STORAGE;
import static org.skep.cluster.Reachability.OFFLINE;
import static org.skep.cluster.Reachability.ONLINE;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.cli.json.JsonText;
import org.skep.cli.status.ClusterStatus;
import org.skep.cluster.Pairing;

/// The tables of the reference documents, byte for byte.
final class MirrorGroupTableTest {

  private static String text(List<String> lines) {
    return String.join("\n", lines) + "\n";
  }

  @Test
  void theGroupsAndTheirMembers() {
    ClusterStatus status = new SampleCluster().mirrored().status();
    assertThat(text(MirrorGroupTable.lines(status.map(), STORAGE)))
        .isEqualTo(
            """
                 BuddyGroupID   PrimaryTargetID SecondaryTargetID
                 ============   =============== =================
                            1              3011              3021
                            2              3031              3012
                            3              3022              3032
            """);
  }

  @Test
  void aMetadataShardOfOneTargetIsNoMirrorGroup() {
    assertThat(text(MirrorGroupTable.lines(new SampleCluster().status().map(), METADATA)))
        .isEqualTo(
            """
                 BuddyGroupID     PrimaryNodeID   SecondaryNodeID
                 ============     =============   ===============
            """);
  }

  @Test
  void existingGroupsStandBeforeTheNewOnes() {
    ClusterStatus status = new SampleCluster().mirrored(7, 3011, 3021).status();
    Pairing.Plan plan =
        new Pairing.Plan(
            List.of(new Pairing.Pair(3012, 3031), new Pairing.Pair(3022, 3032)), List.of());
    List<MirrorGroupTable.Member> fresh = NewGroups.numbered(status.map(), STORAGE, plan, false);
    assertThat(text(MirrorGroupTable.plan(status.map(), STORAGE, fresh)))
        .isEqualTo(
            """
            BuddyGroupID Target type   Target
            ============ ===========   ======
                       7     primary     3011 @ node301 [ID: 301]
                       7   secondary     3021 @ node302 [ID: 302]
                       1     primary     3012 @ node301 [ID: 301]
                       1   secondary     3031 @ node303 [ID: 303]
                       2     primary     3022 @ node302 [ID: 302]
                       2   secondary     3032 @ node303 [ID: 303]
            """);
  }

  @Test
  void uniqueGroupIdsAreNoTargetIds() {
    ClusterStatus status =
        new SampleCluster().with(STORAGE, 1, 301, ONLINE, GOOD).mirrored(2, 3011, 3021).status();
    Pairing.Plan plan = new Pairing.Plan(List.of(new Pairing.Pair(3012, 3031)), List.of());
    assertThat(NewGroups.numbered(status.map(), STORAGE, plan, false).getFirst().groupId())
        .isEqualTo(1);
    assertThat(NewGroups.numbered(status.map(), STORAGE, plan, true).getFirst().groupId())
        .isEqualTo(3);
  }

  @Test
  void asJson() {
    ClusterStatus status =
        new SampleCluster()
            .with(STORAGE, 3012, 301, ONLINE, NEEDS_RESYNC)
            .mirrored(2, 3031, 3012)
            .primary(3031, true, true)
            .status();
    assertThat(JsonText.of(MirrorGroupTable.json(status, STORAGE)))
        .isEqualTo(
            "[{\"mirrorGroupId\":2,\"nodeType\":\"storage\",\"primary\":{\"targetId\":3031,"
                + "\"nodeId\":303,\"reachability\":\"Online\",\"consistency\":\"Good\","
                + "\"serves\":true},\"secondary\":{\"targetId\":3012,\"nodeId\":301,"
                + "\"reachability\":\"Online\",\"consistency\":\"Needs-resync\","
                + "\"serves\":false},\"epoch\":1,\"losses\":0,\"resyncing\":true,"
                + "\"available\":true}]");
  }

  @Test
  void aGroupWithoutAGoodMemberIsNamed() {
    SampleCluster cluster =
        new SampleCluster()
            .mirrored()
            .with(STORAGE, 3031, 303, OFFLINE, GOOD)
            .with(STORAGE, 3012, 301, ONLINE, NEEDS_RESYNC);
    assertThat(cluster.status().groupsWithoutGoodMember(STORAGE))
        .containsExactly(
            "storage group 2 (primary 3031: Offline, Good; secondary 3012: Online, Needs-resync)");
    assertThat(cluster.status().groupsWithoutGoodMember(METADATA)).isEmpty();
  }

  @Test
  void aDeclarationSaysWhatMayBeLost() {
    ClusterStatus status =
        new SampleCluster()
            .mirrored()
            .with(STORAGE, 3031, 303, OFFLINE, GOOD)
            .with(STORAGE, 3012, 301, ONLINE, NEEDS_RESYNC)
            .status();
    assertThat(
            SetState.warning(
                status.map(), status.map().group(STORAGE, 2), 3012, SetState.Wanted.good))
        .first()
        .isEqualTo(
            "WARNING: target 3012 of storage group 2 (primary 3031: Offline, Good; secondary 3012:"
                + " Online, Needs-resync) is declared GOOD.");
  }
}
