package org.skep.management.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.management.heartbeat.Heartbeats.Fence;
import org.skep.management.state.ClusterState;
import org.skep.management.state.Command;
import org.skep.management.state.Command.AddGroups;
import org.skep.management.state.Command.Claim;
import org.skep.management.state.Command.CreateCluster;
import org.skep.management.state.Command.GroupEvents;
import org.skep.management.state.Command.NewGroup;
import org.skep.management.state.Command.Occurrence;
import org.skep.management.state.Command.ReachabilityChange;
import org.skep.management.state.Command.RegisterNode;
import org.skep.management.state.Command.SetReachability;
import org.skep.wire.message.TargetReport;

/// Who gets a lease and who is fenced before its group goes on without it: a group of 101 (primary,
/// node 1) and 201 (node 2), a time-out of 5 s.
final class FencesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long TIMEOUT = 5 * SECOND;
  private static final int P = 101;
  private static final int S = 201;
  private long now = 77 * SECOND;
  private ClusterState state = ClusterState.EMPTY.apply(new CreateCluster("c")).state();
  private final Heartbeats heartbeats = new Heartbeats(TIMEOUT, now);

  @BeforeEach
  void aPair() {
    register(1, 7, false);
    register(2, 7, false);
    apply(new AddGroups(NodeKind.STORAGE, List.of(new NewGroup(0, P, S))));
  }

  private void apply(Command command) {
    state = state.apply(command).state();
  }

  private void register(int nodeId, long incarnation, boolean unsure) {
    apply(
        new RegisterNode(
            NodeKind.STORAGE,
            nodeId,
            "host",
            "",
            incarnation,
            List.of(new Endpoint.Tcp("host", nodeId)),
            List.of(new Claim(0, "u" + nodeId, 0, unsure)),
            ""));
    heartbeats.registered(NodeKind.STORAGE, nodeId, incarnation, List.of(nodeId * 100 + 1), now);
  }

  private Node node(int target) {
    return state.map().node(NodeKind.STORAGE, target / 100);
  }

  private Target target(int id) {
    return state.map().target(NodeKind.STORAGE, id);
  }

  private BuddyGroup group() {
    return state.map().group(NodeKind.STORAGE, 1);
  }

  private Hearing.Taken hear(
      int target, long mapVersion, UnaryOperator<TargetReport.Builder> report) {
    List<TargetReport> reports =
        List.of(report.apply(TargetReport.newBuilder().setTargetId(target)).build());
    return (Hearing.Taken) heartbeats.heard(state::map, node(target), mapVersion, reports, now);
  }

  private Hearing.Taken hear(int target, UnaryOperator<TargetReport.Builder> report) {
    return hear(target, state.map().version(), report);
  }

  private Hearing.Taken hear(int target) {
    return hear(target, UnaryOperator.identity());
  }

  private void hasLease(int target) {
    assertThat(hear(target)).isEqualTo(new Hearing.Taken(List.of(), false, List.of()));
  }

  private void take(Hearing.Taken hearing) {
    apply(new GroupEvents(hearing.occurrences()));
  }

  private Occurrence occurrence(GroupEvent event) {
    return new Occurrence(NodeKind.STORAGE, 1, group().epoch(), event);
  }

  private List<ReachabilityChange> look() {
    List<ReachabilityChange> changes = heartbeats.decide(state.map(), now);
    apply(new SetReachability(changes));
    heartbeats.settled(changes);
    return changes;
  }

  private void expect(int primary, Consistency ofP, Consistency ofS) {
    assertThat(group().primary()).isEqualTo(primary);
    assertThat(target(P).consistency()).isEqualTo(ofP);
    assertThat(target(S).consistency()).isEqualTo(ofS);
  }

  @Test
  void membersThatAreWellHaveLeases() {
    hasLease(P);
    hasLease(S);
  }

  @Test
  void aMemberWithAnOldMapGetsNoLeaseAndItsWordsDontCount() {
    long old = state.map().version() - 1;
    Hearing.Taken hearing = hear(P, old, report -> report.setStepsOut(true));
    assertThat(hearing).isEqualTo(new Hearing.Taken(List.of(P), true, List.of()));
    hasLease(P);
    register(3, 7, false);
    assertThat(hear(P, state.map().version() - 1, UnaryOperator.identity()).suspended())
        .as("its group is as it was in that map")
        .isEmpty();
  }

  @Test
  void aSecondaryThatThePrimaryCantReachDropsItsLeaseBeforeItIsLeftBehind() {
    hasLease(S);
    long epoch = group().epoch();
    UnaryOperator<TargetReport.Builder> complaint = r -> r.setBuddyUnreachableEpoch(epoch);
    assertThat(hear(P, complaint).suspended()).isEmpty();
    expect(P, Consistency.GOOD, Consistency.GOOD);
    assertThat(hear(S)).isEqualTo(new Hearing.Taken(List.of(S), true, List.of()));
    Hearing.Taken dropped = hear(S, report -> report.setLeaseDropped(true));
    assertThat(dropped.suspended()).containsExactly(S);
    assertThat(dropped.occurrences()).containsExactly(occurrence(new GroupEvent.StepsOut(S)));
    take(dropped);
    expect(P, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    assertThat(hear(S, state.map().version() - 1, UnaryOperator.identity()).suspended())
        .containsExactly(S);
    hasLease(S);
    assertThat(hear(P, complaint).occurrences()).as("of a former epoch").isEmpty();
  }

  @Test
  void aComplaintOfAnotherEpochOrAboutWhoIsMissedAnywayIsNone() {
    hear(P, report -> report.setBuddyUnreachableEpoch(group().epoch() + 1));
    hasLease(S);
    now += TIMEOUT / 2;
    hear(P);
    look();
    assertThat(target(S).reachability()).isEqualTo(Reachability.PROBABLY_OFFLINE);
    hear(P, report -> report.setBuddyUnreachableEpoch(group().epoch()));
    hasLease(S);
  }

  @Test
  void aComplaintThatIsWithdrawnGivesTheLeaseBack() {
    hear(P, report -> report.setBuddyUnreachableEpoch(group().epoch()));
    assertThat(hear(S).suspended()).containsExactly(S);
    hasLease(P);
    hasLease(S);
  }

  @Test
  void aSuspendedMemberThatFallsSilentIsOfflineAfterTheTimeout() {
    hear(P, report -> report.setBuddyUnreachableEpoch(group().epoch()));
    now += TIMEOUT;
    hear(P);
    look();
    expect(P, Consistency.GOOD, Consistency.NEEDS_RESYNC);
  }

  @Test
  void whoStepsOutIsReplacedAtOnce() {
    Hearing.Taken hearing = hear(P, report -> report.setStepsOut(true));
    assertThat(hearing.suspended()).containsExactly(P);
    take(hearing);
    expect(S, Consistency.NEEDS_RESYNC, Consistency.GOOD);
    assertThat(hear(S, report -> report.setStepsOut(true)).occurrences())
        .as("nobody can replace it")
        .isEmpty();
  }

  @Test
  void whoIsUnsureDropsItsLeaseFirst() {
    Hearing.Taken said = hear(P, report -> report.setUnsure(true));
    assertThat(said).isEqualTo(new Hearing.Taken(List.of(P), true, List.of()));
    Hearing.Taken dropped = hear(P, report -> report.setUnsure(true).setLeaseDropped(true));
    assertThat(dropped.occurrences()).containsExactly(occurrence(new GroupEvent.Unsure(P)));
    take(dropped);
    expect(S, Consistency.NEEDS_RESYNC, Consistency.GOOD);
  }

  @Test
  void anUnsureMemberThatIsTheOnlyGoodOneIsCountedOnceEachTime() {
    hear(S, report -> report.setStepsOut(true))
        .occurrences()
        .forEach(o -> apply(new GroupEvents(List.of(o))));
    long losses = group().losses();
    take(hear(P, report -> report.setUnsure(true)));
    assertThat(group().losses()).isEqualTo(losses + 1);
    assertThat(hear(P, report -> report.setUnsure(true)).occurrences()).isEmpty();
    hear(P);
    Hearing.Taken again = hear(P, report -> report.setUnsure(true));
    assertThat(again.occurrences()).hasSize(1);
    heartbeats.undecided(state.map(), again.occurrences());
    take(hear(P, report -> report.setUnsure(true)));
    assertThat(group().losses()).isEqualTo(losses + 2);
  }

  @Test
  void nobodyGetsALeaseWhileItIsBeingCalledOffline() {
    now += TIMEOUT / 2;
    hear(S);
    now += TIMEOUT / 2;
    hear(S);
    List<ReachabilityChange> changes = heartbeats.decide(state.map(), now);
    assertThat(changes).extracting(ReachabilityChange::targetId).containsExactly(P);
    assertThat(hear(P).suspended()).as("heard too late").containsExactly(P);
    List<ReachabilityChange> doubtful = heartbeats.decide(state.map(), now);
    assertThat(doubtful)
        .as("nobody knows whether the log has taken it: what is true now is said once more")
        .containsExactly(new ReachabilityChange(NodeKind.STORAGE, P, 7, Reachability.ONLINE));
    assertThat(hear(P).suspended()).containsExactly(P);
    apply(new SetReachability(changes));
    expect(S, Consistency.NEEDS_RESYNC, Consistency.GOOD);
    heartbeats.settled(changes);
    assertThat(hear(P).suspended()).as("Offline in the map").containsExactly(P);
    look();
    hasLease(P);
    hasLease(S);
  }

  @Test
  void whoIsGoneGetsNoLeaseBeforeThatIsDecided() {
    now += 1;
    List<ReachabilityChange> changes = heartbeats.gone(state.map(), node(P), now);
    assertThat(hear(P).suspended()).containsExactly(P);
    apply(new SetReachability(changes));
    heartbeats.settled(changes);
    expect(S, Consistency.NEEDS_RESYNC, Consistency.GOOD);
  }

  @Test
  void bothOfAPairThatVanishAndReturnTogetherStayGood() {
    now += TIMEOUT;
    look();
    assertThat(target(P).reachability()).isEqualTo(Reachability.OFFLINE);
    assertThat(target(S).reachability()).isEqualTo(Reachability.OFFLINE);
    expect(P, Consistency.GOOD, Consistency.GOOD);
    hear(S);
    hear(P);
    look();
    expect(P, Consistency.GOOD, Consistency.GOOD);
    hasLease(P);
    hasLease(S);
  }

  @Test
  void whoWaitsForAFenceSeesItWhenTheMemberHasDroppedItsLease() {
    hasLease(S);
    Fence fence = heartbeats.suspend(state::map, target(S), group());
    assertThat(heartbeats.isFenced(fence, state.map(), now)).isFalse();
    assertThat(hear(S).suspended()).containsExactly(S);
    assertThat(heartbeats.isFenced(fence, state.map(), now)).isFalse();
    assertThat(hear(S, report -> report.setLeaseDropped(true)).occurrences()).isEmpty();
    assertThat(heartbeats.isFenced(fence, state.map(), now)).isTrue();
    hear(P);
    assertThat(hear(S).suspended()).as("as long as somebody waits").containsExactly(S);
    heartbeats.release(fence, null);
    hasLease(S);
  }

  @Test
  void aFenceIsThereWhenTheMemberLeftIsGoneOrWasSilentForTheTimeout() {
    Fence fence = heartbeats.suspend(state::map, target(S), group());
    now += TIMEOUT - 1;
    assertThat(heartbeats.isFenced(fence, state.map(), now)).isFalse();
    now += 1;
    assertThat(heartbeats.isFenced(fence, state.map(), now)).isTrue();
    hear(S);
    assertThat(heartbeats.isFenced(fence, state.map(), now)).isFalse();
    heartbeats.gone(state.map(), node(S), now + 1);
    assertThat(heartbeats.isFenced(fence, state.map(), now)).isTrue();
    hear(S);
    assertThat(heartbeats.isFenced(fence, state.map(), now)).isFalse();
    heartbeats.left(state.map(), node(S));
    assertThat(heartbeats.isFenced(fence, state.map(), now)).isTrue();
  }

  @Test
  void whatNobodyKnowsTheFateOfIsSubmittedAgainBeforeTheMemberGetsALease() {
    Fence fence = heartbeats.suspend(state::map, target(S), group());
    hear(S);
    hear(S, report -> report.setLeaseDropped(true));
    heartbeats.release(fence, new GroupEvent.Demand(S));
    Hearing.Taken hearing = hear(S);
    assertThat(hearing.suspended()).containsExactly(S);
    assertThat(hearing.occurrences()).containsExactly(occurrence(new GroupEvent.Demand(S)));
    take(hearing);
    expect(P, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    hasLease(S);
  }

  @Test
  void aLateWordOfAFormerSuspensionDoesNotCount() {
    long before = state.map().version();
    register(3, 7, false);
    Fence fence = heartbeats.suspend(state::map, target(S), group());
    hear(S, before, report -> report.setLeaseDropped(true));
    assertThat(heartbeats.isFenced(fence, state.map(), now)).isFalse();
  }

  @Test
  void aNewLeaderKnowsNothingAndTrustsTheNewestMapOnly() {
    hear(P, report -> report.setBuddyUnreachableEpoch(group().epoch()));
    heartbeats.begin(now);
    hasLease(S);
    assertThat(hear(P, state.map().version() - 1, UnaryOperator.identity()).suspended())
        .containsExactly(P);
    hasLease(P);
  }
}
