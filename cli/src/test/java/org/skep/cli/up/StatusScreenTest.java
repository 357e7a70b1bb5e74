package org.skep.cli.up;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.skep.cli.status.ClusterStatus;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.CapacityPool;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;

final class StatusScreenTest {

  @Test
  void targetsWithSpaceAndThroughputSinceTheLastLook() {
    ClusterStatus before = status(1000, 10 << 20, 5);
    ClusterStatus now = status(1000 + 4096, (10 << 20) + (200 << 20), 25);
    assertThat(StatusScreen.lines(now, before, 2))
        .containsExactly(
            "TargetID Type    Reachability     Consistency        Free      Total     Ops/s",
            "======== ====    ============     ===========        ====      =====     =====",
            "       1 meta    Online           Good            unknown    unknown         0",
            "     101 storage Online           Good           25.0 GiB    100 GiB        10",
            "",
            "reading 2.00 KiB/s, writing 100 MiB/s, 0 mounts");
  }

  @Test
  void manyTargetsFitOnTheScreenAndTheOfflineOneIsAmongThem() {
    List<Target> targets = new ArrayList<>();
    for (int id = 1; id <= 40; id++) {
      Reachability reachability = id == 40 ? Reachability.OFFLINE : Reachability.ONLINE;
      targets.add(
          new Target(NodeKind.STORAGE, id, 1, "u" + id, 1, reachability, Consistency.GOOD, 1));
    }
    List<Node> nodes = List.of(new Node(NodeKind.STORAGE, 1, "n", "b", 1, List.of()));
    ClusterStatus status =
        new ClusterStatus(ClusterMap.of(1, "c", 0, nodes, targets, List.of()), Map.of(), List.of());
    assertThat(StatusScreen.lines(status, null, 0))
        .hasSizeLessThan(20)
        .contains("and 26 more targets")
        .anyMatch(line -> line.startsWith("      40 storage Offline"));
  }

  @Test
  void aRestartedProcessCountsFromNothing() {
    assertThat(StatusScreen.lines(status(0, 0, 0), status(1000, 1000, 5), 1).getLast())
        .isEqualTo("reading 0 B/s, writing 0 B/s, 0 mounts");
    assertThat(StatusScreen.lines(status(9, 9, 9), null, 0).getLast())
        .isEqualTo("reading 0 B/s, writing 0 B/s, 0 mounts");
  }

  @Test
  void groupsInTroubleComeFirst() {
    List<Node> nodes = List.of(new Node(NodeKind.STORAGE, 1, "n", "b", 1, List.of()));
    List<Target> targets = new ArrayList<>();
    List<BuddyGroup> groups = new ArrayList<>();
    for (int id = 1; id <= 14; id++) {
      Consistency consistency = id == 14 ? Consistency.NEEDS_RESYNC : Consistency.GOOD;
      targets.add(
          new Target(NodeKind.STORAGE, id, 1, "u" + id, 1, Reachability.ONLINE, consistency, 1));
      if (id % 2 == 0) {
        groups.add(new BuddyGroup(NodeKind.STORAGE, id / 2, id - 1, id, 1));
      }
    }
    ClusterStatus status =
        new ClusterStatus(ClusterMap.of(1, "c", 0, nodes, targets, groups), Map.of(), List.of());
    assertThat(StatusScreen.lines(status, null, 0))
        .hasSizeLessThan(20)
        .containsSubsequence(
            "and 6 more targets",
            "storage group 7: primary 13, secondary 14, one copy: 14 is not up to date",
            "storage group 1: primary 1, secondary 2, two copies",
            "and 2 more mirror groups");
  }

  private static ClusterStatus status(long read, long written, long operations) {
    List<Node> nodes =
        List.of(
            new Node(NodeKind.METADATA, 1, "n", "b", 1, List.of()),
            new Node(NodeKind.STORAGE, 1, "n", "b", 1, List.of()));
    List<Target> targets =
        List.of(
            new Target(NodeKind.METADATA, 1, 1, "u", 1, Reachability.ONLINE, Consistency.GOOD, 1),
            new Target(NodeKind.STORAGE, 101, 1, "u", 1, Reachability.ONLINE, Consistency.GOOD, 1));
    Map<ClusterStatus.Key, ClusterStatus.Report> reports = new HashMap<>();
    reports.put(
        new ClusterStatus.Key(NodeKind.STORAGE, 101),
        new ClusterStatus.Report(
            Optional.of(new ClusterStatus.Space(100L << 30, 25L << 30, 0, 0)),
            CapacityPool.NORMAL,
            read,
            written,
            operations,
            10,
            false,
            false));
    return new ClusterStatus(
        ClusterMap.of(1, "c", 0, nodes, targets, List.of()), reports, List.of());
  }
}
