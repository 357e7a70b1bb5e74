package org.skep.cli.ctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.cluster.Consistency.GOOD;
import static org.skep.cluster.Consistency.NEEDS_RESYNC;
import static org.skep.cluster.NodeKind.METADATA;
import static org.skep.cluster.NodeKind.STORAGE;
import static org.skep.cluster.Reachability.OFFLINE;
import static org.skep.cluster.Reachability.ONLINE;
import static org.skep.cluster.Reachability.PROBABLY_OFFLINE;

import org.junit.jupiter.api.Test;
import org.skep.cluster.NodeKind;

/// The tables of the reference documents, byte for byte.
final class TargetTableTest {

  private static final TargetTable.Choice STATE =
      new TargetTable.Choice(false, false, false, false, true, false, false, false);

  @Test
  void storageTargetsWithAnOfflineNode() {
    SampleCluster cluster =
        new SampleCluster()
            .with(STORAGE, 3011, 301, OFFLINE, GOOD)
            .with(STORAGE, 3012, 301, OFFLINE, GOOD);
    assertThat(shown(cluster, STORAGE, STATE))
        .isEqualTo(
            """
            TargetID     Reachability  Consistency   NodeID
            ========     ============  ===========   ======
                3011          Offline         Good      301
                3012          Offline         Good      301
                3021           Online         Good      302
                3022           Online         Good      302
                3031           Online         Good      303
                3032           Online         Good      303
            """);
  }

  @Test
  void storageTargetThatNeedsResync() {
    SampleCluster cluster = new SampleCluster().with(STORAGE, 3012, 301, ONLINE, NEEDS_RESYNC);
    assertThat(shown(cluster, STORAGE, STATE))
        .startsWith(
            """
            TargetID     Reachability  Consistency   NodeID
            ========     ============  ===========   ======
                3011           Online         Good      301
                3012           Online Needs-resync      301
            """);
  }

  /// After the stop of node 301: its targets are out of their groups, but miss nothing yet.
  @Test
  void aTargetThatIsAwayIsGoodUntilItMissesSomething() {
    SampleCluster cluster =
        new SampleCluster()
            .mirrored(1, 3021, 3011)
            .mirrored(2, 3031, 3012)
            .with(STORAGE, 3011, 301, OFFLINE, NEEDS_RESYNC)
            .with(STORAGE, 3012, 301, OFFLINE, NEEDS_RESYNC);
    assertThat(shown(cluster, STORAGE, STATE))
        .contains("    3011          Offline Needs-resync      301\n");
    cluster.primary(3021, false, false).primary(3031, false, false);
    assertThat(shown(cluster, STORAGE, STATE))
        .startsWith(
            """
            TargetID     Reachability  Consistency   NodeID
            ========     ============  ===========   ======
                3011          Offline         Good      301
                3012          Offline         Good      301
            """);
    cluster.primary(3031, true, false);
    assertThat(shown(cluster, STORAGE, STATE))
        .contains("    3011          Offline         Good      301\n")
        .contains("    3012          Offline Needs-resync      301\n");
  }

  /// The document's word stays while a job runs.
  @Test
  void aTargetThatIsResyncedNeedsResync() {
    SampleCluster cluster =
        new SampleCluster()
            .mirrored(2, 3031, 3012)
            .with(STORAGE, 3012, 301, ONLINE, NEEDS_RESYNC)
            .primary(3031, false, true);
    assertThat(shown(cluster, STORAGE, STATE))
        .contains("    3012           Online Needs-resync      301\n");
  }

  @Test
  void metadataTargets() {
    assertThat(shown(new SampleCluster(), METADATA, STATE))
        .isEqualTo(
            """
            TargetID     Reachability  Consistency   NodeID
            ========     ============  ===========   ======
                 201           Online         Good      201
                 202           Online         Good      202
            """);
    SampleCluster failing = new SampleCluster().with(METADATA, 201, 201, PROBABLY_OFFLINE, GOOD);
    assertThat(shown(failing, METADATA, STATE))
        .contains("     201 Probably-offline         Good      201\n");
    failing.with(METADATA, 201, 201, OFFLINE, NEEDS_RESYNC);
    assertThat(shown(failing, METADATA, STATE))
        .contains("     201          Offline Needs-resync      201\n");
  }

  @Test
  void withoutOptionsTargetsAndNodesOnly() {
    TargetTable.Choice none =
        new TargetTable.Choice(false, false, false, false, false, false, false, false);
    assertThat(shown(new SampleCluster(), METADATA, none))
        .isEqualTo(
            """
            TargetID   NodeID
            ========   ======
                 201      201
                 202      202
            """);
  }

  @Test
  void everyColumn() {
    SampleCluster cluster =
        new SampleCluster().report(STORAGE, 3011, 100L << 30, 25L << 30).mirrored(5, 3011, 3021);
    TargetTable.Choice all =
        new TargetTable.Choice(false, true, false, true, true, true, true, true);
    assertThat(shown(cluster, STORAGE, all).lines().limit(5))
        .containsExactly(
            "MirrorGroupID MGMemberType TargetID     Reachability  Consistency   St. Pool   Cap."
                + " Pool        Total         Free    %      ITotal       IFree    %   NodeID",
            "============= ============ ========     ============  ===========   ========  "
                + " =========        =====         ====    =      ======       =====    =   ======",
            "            5      primary     3011           Online         Good          1     "
                + " normal     100.0GiB      25.0GiB  25%       12.3M        6.2M  50%   skep-storage"
                + " node301 [ID: 301]",
            "                               3012           Online         Good          1    "
                + " unknown       0.0GiB       0.0GiB   0%        0.0M        0.0M   0%   skep-storage"
                + " node301 [ID: 301]",
            "            5    secondary     3021           Online         Good          1    "
                + " unknown       0.0GiB       0.0GiB   0%        0.0M        0.0M   0%   skep-storage"
                + " node302 [ID: 302]");
  }

  @Test
  void nodesFirstAndNodeIdHidden() {
    TargetTable.Choice first =
        new TargetTable.Choice(true, false, false, false, false, false, false, false);
    assertThat(shown(new SampleCluster(), METADATA, first))
        .startsWith("  NodeID TargetID\n  ====== ========\n     201      201\n");
    TargetTable.Choice hidden =
        new TargetTable.Choice(true, false, true, false, false, false, false, false);
    assertThat(shown(new SampleCluster(), METADATA, hidden))
        .startsWith("TargetID\n========\n     201\n");
  }

  private static String shown(SampleCluster cluster, NodeKind kind, TargetTable.Choice choice) {
    return String.join("\n", TargetTable.lines(cluster.status(), kind, choice)) + "\n";
  }
}
