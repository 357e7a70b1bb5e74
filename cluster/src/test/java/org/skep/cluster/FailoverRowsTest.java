package org.skep.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.cluster.Consistency.BAD;
import static org.skep.cluster.Consistency.GOOD;
import static org.skep.cluster.Consistency.NEEDS_RESYNC;
import static org.skep.cluster.Reachability.OFFLINE;
import static org.skep.cluster.Reachability.ONLINE;
import static org.skep.cluster.Reachability.PROBABLY_OFFLINE;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.skep.cluster.GroupEvent.Declare;
import org.skep.cluster.GroupEvent.Demand;
import org.skep.cluster.GroupEvent.Resynced;
import org.skep.cluster.GroupEvent.Returned;
import org.skep.cluster.GroupEvent.Seen;
import org.skep.cluster.GroupEvent.StepsOut;
import org.skep.cluster.GroupEvent.Unsure;
import org.skep.cluster.GroupState.Member;

/// The rows of `docs/design/failover.md`, in their order. 11 is the primary, 21 the secondary, the
/// epoch 5, losses 2.
final class FailoverRowsTest {
  private static final int P = 11;
  private static final int S = 21;

  private static Member p(Reachability reachability, Consistency consistency) {
    return new Member(P, reachability, consistency);
  }

  private static Member s(Reachability reachability, Consistency consistency) {
    return new Member(S, reachability, consistency);
  }

  private static GroupState pair(Member primary, @Nullable Member secondary) {
    return new GroupState(primary, secondary, 5, 2);
  }

  private static void gives(GroupState before, GroupEvent event, GroupState after, String reason) {
    assertThat(Failover.next(before, event)).isEqualTo(new Transition.Next(after, reason));
  }

  private static void nothing(GroupState before, GroupEvent event, String reason) {
    gives(before, event, before, reason);
  }

  private static void refused(GroupState before, GroupEvent event, String words) {
    assertThat(Failover.next(before, event)).isInstanceOf(Transition.Refused.class);
    assertThat(Failover.next(before, event).reason()).contains(words);
  }

  private static GroupState next(Member primary, @Nullable Member secondary) {
    return new GroupState(primary, secondary, 6, 2);
  }

  private static GroupState lossy(Member primary, @Nullable Member secondary) {
    return new GroupState(primary, secondary, 6, 3);
  }

  @Test
  void settlePrimaryIsGone() {
    gives(
        pair(p(ONLINE, GOOD), s(ONLINE, GOOD)),
        new Seen(P, OFFLINE),
        next(s(ONLINE, GOOD), p(OFFLINE, NEEDS_RESYNC)),
        "primary is gone");
    gives(
        pair(p(OFFLINE, GOOD), s(PROBABLY_OFFLINE, GOOD)),
        new Seen(S, ONLINE),
        next(s(ONLINE, GOOD), p(OFFLINE, NEEDS_RESYNC)),
        "primary is gone");
    gives(
        pair(p(OFFLINE, GOOD), s(OFFLINE, GOOD)),
        new Returned(S, false),
        next(s(ONLINE, GOOD), p(OFFLINE, NEEDS_RESYNC)),
        "primary is gone");
    gives(
        pair(p(ONLINE, BAD), s(OFFLINE, GOOD)),
        new Seen(S, ONLINE),
        next(s(ONLINE, GOOD), p(ONLINE, BAD)),
        "primary is gone");
  }

  @Test
  void settleSecondaryIsGone() {
    gives(
        pair(p(ONLINE, GOOD), s(PROBABLY_OFFLINE, GOOD)),
        new Seen(S, OFFLINE),
        next(p(ONLINE, GOOD), s(OFFLINE, NEEDS_RESYNC)),
        "secondary is gone");
    gives(
        pair(p(PROBABLY_OFFLINE, GOOD), s(OFFLINE, GOOD)),
        new Seen(P, ONLINE),
        next(p(ONLINE, GOOD), s(OFFLINE, NEEDS_RESYNC)),
        "secondary is gone");
  }

  @Test
  void settleElseNothing() {
    gives(
        pair(p(ONLINE, GOOD), s(ONLINE, GOOD)),
        new Seen(P, PROBABLY_OFFLINE),
        pair(p(PROBABLY_OFFLINE, GOOD), s(ONLINE, GOOD)),
        "is Probably-offline");
    gives(
        pair(p(PROBABLY_OFFLINE, GOOD), s(PROBABLY_OFFLINE, GOOD)),
        new Seen(P, OFFLINE),
        pair(p(OFFLINE, GOOD), s(PROBABLY_OFFLINE, GOOD)),
        "is Offline");
    gives(
        pair(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC)),
        new Seen(P, OFFLINE),
        pair(p(OFFLINE, GOOD), s(ONLINE, NEEDS_RESYNC)),
        "is Offline");
    gives(
        pair(p(ONLINE, GOOD), null),
        new Seen(P, OFFLINE),
        pair(p(OFFLINE, GOOD), null),
        "is Offline");
  }

  @Test
  void returnedUnsureWithAGoodBuddy() {
    gives(
        pair(p(OFFLINE, GOOD), s(OFFLINE, GOOD)),
        new Returned(P, true),
        next(s(OFFLINE, GOOD), p(ONLINE, NEEDS_RESYNC)),
        "may have lost acknowledged changes");
    gives(
        pair(p(ONLINE, GOOD), s(ONLINE, GOOD)),
        new Returned(S, true),
        next(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC)),
        "may have lost acknowledged changes");
  }

  @Test
  void returnedUnsureWithoutAGoodBuddy() {
    gives(
        pair(p(OFFLINE, GOOD), s(ONLINE, NEEDS_RESYNC)),
        new Returned(P, true),
        lossy(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC)),
        "nobody has a better copy");
    gives(
        pair(p(OFFLINE, GOOD), null),
        new Returned(P, true),
        lossy(p(ONLINE, GOOD), null),
        "nobody has a better copy");
  }

  @Test
  void returnedElse() {
    gives(
        pair(p(OFFLINE, GOOD), s(PROBABLY_OFFLINE, GOOD)),
        new Returned(P, false),
        pair(p(ONLINE, GOOD), s(PROBABLY_OFFLINE, GOOD)),
        "is back");
    gives(
        pair(p(ONLINE, GOOD), s(OFFLINE, NEEDS_RESYNC)),
        new Returned(S, true),
        next(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC)),
        "misses changes anyway");
  }

  @Test
  void stepsOut() {
    GroupState both = pair(p(ONLINE, GOOD), s(ONLINE, GOOD));
    gives(both, new StepsOut(P), next(s(ONLINE, GOOD), p(ONLINE, NEEDS_RESYNC)), "can't take part");
    gives(both, new StepsOut(S), next(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC)), "can't take part");
    String nobody = "nobody can replace it";
    nothing(pair(p(ONLINE, GOOD), s(PROBABLY_OFFLINE, GOOD)), new StepsOut(P), nobody);
    nothing(pair(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC)), new StepsOut(P), nobody);
    nothing(pair(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC)), new StepsOut(S), nobody);
    nothing(pair(p(ONLINE, GOOD), null), new StepsOut(P), nobody);
  }

  @Test
  void unsure() {
    gives(
        pair(p(PROBABLY_OFFLINE, GOOD), s(ONLINE, GOOD)),
        new Unsure(P),
        next(s(ONLINE, GOOD), p(PROBABLY_OFFLINE, NEEDS_RESYNC)),
        "may have lost acknowledged changes");
    gives(
        pair(p(ONLINE, GOOD), s(OFFLINE, BAD)),
        new Unsure(P),
        lossy(p(ONLINE, GOOD), s(OFFLINE, BAD)),
        "nobody has a better copy");
    gives(
        pair(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC)),
        new Unsure(S),
        next(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC)),
        "misses changes anyway");
  }

  @Test
  void resynced() {
    GroupState before = pair(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC));
    gives(
        before,
        new Resynced(S, 5),
        next(p(ONLINE, GOOD), s(ONLINE, GOOD)),
        "has all that the primary has");
    refused(before, new Resynced(S, 4), "epoch 5, not in 4");
    refused(before, new Resynced(P, 5), "is the primary");
    refused(pair(p(ONLINE, GOOD), s(ONLINE, GOOD)), new Resynced(S, 5), "21 Online Good");
    refused(pair(p(ONLINE, GOOD), s(ONLINE, BAD)), new Resynced(S, 5), "21 Online Bad");
    refused(
        pair(p(ONLINE, GOOD), s(PROBABLY_OFFLINE, NEEDS_RESYNC)),
        new Resynced(S, 5),
        "21 Probably-offline");
    refused(pair(p(ONLINE, BAD), s(ONLINE, NEEDS_RESYNC)), new Resynced(S, 5), "11 Online Bad");
    refused(pair(p(OFFLINE, GOOD), s(ONLINE, NEEDS_RESYNC)), new Resynced(S, 5), "11 Offline");
  }

  @Test
  void demand() {
    gives(
        pair(p(ONLINE, GOOD), s(ONLINE, GOOD)),
        new Demand(S),
        next(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC)),
        "administrator");
    gives(
        pair(p(ONLINE, GOOD), s(OFFLINE, BAD)),
        new Demand(S),
        next(p(ONLINE, GOOD), s(OFFLINE, NEEDS_RESYNC)),
        "administrator");
    refused(pair(p(ONLINE, GOOD), s(ONLINE, GOOD)), new Demand(P), "is the primary");
    refused(pair(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC)), new Demand(S), "already");
    refused(pair(p(ONLINE, BAD), s(ONLINE, BAD)), new Demand(S), "nothing to resync from");
    refused(pair(p(ONLINE, GOOD), null), new Demand(P), "is the primary");
  }

  @Test
  void declareBad() {
    gives(
        pair(p(ONLINE, GOOD), s(OFFLINE, GOOD)),
        new Declare(P, BAD),
        next(s(OFFLINE, GOOD), p(ONLINE, BAD)),
        "administrator");
    gives(
        pair(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC)),
        new Declare(P, BAD),
        next(p(ONLINE, BAD), s(ONLINE, NEEDS_RESYNC)),
        "administrator");
    gives(
        pair(p(ONLINE, GOOD), s(ONLINE, GOOD)),
        new Declare(S, BAD),
        next(p(ONLINE, GOOD), s(ONLINE, BAD)),
        "administrator");
    refused(pair(p(ONLINE, GOOD), s(ONLINE, BAD)), new Declare(S, BAD), "Bad already");
  }

  @Test
  void declareGood() {
    gives(
        pair(p(OFFLINE, GOOD), s(ONLINE, NEEDS_RESYNC)),
        new Declare(S, GOOD),
        lossy(s(ONLINE, GOOD), p(OFFLINE, NEEDS_RESYNC)),
        "administrator overrules");
    gives(
        pair(p(ONLINE, BAD), s(ONLINE, NEEDS_RESYNC)),
        new Declare(P, GOOD),
        lossy(p(ONLINE, GOOD), s(ONLINE, NEEDS_RESYNC)),
        "administrator overrules");
    refused(pair(p(ONLINE, GOOD), s(ONLINE, BAD)), new Declare(S, GOOD), "11 is Good and Online");
    refused(
        pair(p(PROBABLY_OFFLINE, GOOD), s(ONLINE, BAD)), new Declare(S, GOOD), "Probably-offline");
    refused(pair(p(OFFLINE, GOOD), s(ONLINE, GOOD)), new Declare(S, GOOD), "Good already");
  }
}
