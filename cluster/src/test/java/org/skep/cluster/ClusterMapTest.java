package org.skep.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ClusterMapTest {
  private static final BuddyGroup GROUP = new BuddyGroup(NodeKind.STORAGE, 3, 11, 21, 1);

  private static ClusterMap map(
      Reachability first, Consistency firstContent, Reachability other, Consistency otherContent) {
    return ClusterMap.of(
        1,
        "c",
        0,
        List.of(),
        List.of(
            new Target(NodeKind.STORAGE, 11, 1, "a", 1, first, firstContent, 1),
            new Target(NodeKind.STORAGE, 21, 2, "b", 1, other, otherContent, 1)),
        List.of(GROUP));
  }

  @Test
  void aGroupNeedsAGoodMemberThatIsNotOffline() {
    assertThat(
            map(
                    Reachability.PROBABLY_OFFLINE,
                    Consistency.GOOD,
                    Reachability.ONLINE,
                    Consistency.NEEDS_RESYNC)
                .hasGoodMember(GROUP))
        .isTrue();
    ClusterMap apart =
        map(Reachability.OFFLINE, Consistency.GOOD, Reachability.ONLINE, Consistency.NEEDS_RESYNC);
    assertThat(apart.hasGoodMember(GROUP)).isFalse();
    assertThat(apart.describe(GROUP))
        .isEqualTo(
            "storage group 3 (primary 11: Offline, Good; secondary 21: Online, Needs-resync)");
  }
}
