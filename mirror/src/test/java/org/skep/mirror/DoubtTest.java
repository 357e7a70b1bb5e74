package org.skep.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupView.Role;

class DoubtTest {
  private final Doubt doubt = new Doubt();

  private static GroupView view(Role role, long losses) {
    BuddyGroup group = new BuddyGroup(NodeKind.METADATA, 4, 10, 20, 5, losses);
    return new GroupView(role, 1, group, null, null, null);
  }

  @Test
  void whoIsSureStaysSure() {
    for (Role role : Role.values()) {
      assertThat(doubt.canSettle(GroupView.NOTHING, view(role, 0), false)).isFalse();
      assertThat(doubt.stands()).isFalse();
    }
  }

  @Test
  void aGoodMemberThatIsUnsoundDoubtsUntilItIsStale() {
    GroupView pair = view(Role.PRIMARY_OF_PAIR, 0);
    assertThat(doubt.canSettle(GroupView.NOTHING, pair, true)).isFalse();
    assertThat(doubt.stands()).isTrue();
    assertThat(doubt.canSettle(pair, view(Role.SECONDARY, 0), true)).isFalse();
    assertThat(doubt.stands()).isTrue();
    assertThat(doubt.canSettle(pair, view(Role.SECONDARY_STALE, 0), true)).isFalse();
    assertThat(doubt.stands()).isFalse();
    assertThat(doubt.canSettle(view(Role.SECONDARY_STALE, 0), view(Role.SECONDARY, 0), true))
        .as("a resync has made it whole")
        .isTrue();
  }

  @Test
  void whoIsAloneIsTheBestThereIsOnceThatWasCounted() {
    doubt.raise(view(Role.PRIMARY_OF_PAIR, 3));
    GroupView pair = view(Role.PRIMARY_OF_PAIR, 3);
    assertThat(doubt.canSettle(pair, view(Role.PRIMARY_ALONE, 3), true)).isFalse();
    assertThat(doubt.stands()).isTrue();
    assertThat(doubt.canSettle(pair, view(Role.PRIMARY_ALONE, 4), true)).isTrue();
    assertThat(doubt.stands()).as("until it was made sound").isTrue();
    doubt.settled();
    assertThat(doubt.stands()).isFalse();
  }

  @Test
  void whatWasRegisteredAsUnsureIsKnown() {
    for (GroupView before : List.of(GroupView.NOTHING, view(Role.SECONDARY_STALE, 0))) {
      assertThat(doubt.canSettle(before, view(Role.PRIMARY_ALONE, 0), true)).isTrue();
      assertThat(doubt.stands()).isFalse();
    }
  }
}
