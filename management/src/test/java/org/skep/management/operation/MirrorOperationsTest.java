package org.skep.management.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.management.operation.DeskWorld.done;
import static org.skep.management.operation.DeskWorld.refused;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.management.operation.ProbedNetwork.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.AddMirrorGroupsRequest;
import org.skep.wire.message.DemandResyncRequest;
import org.skep.wire.message.EndpointMessage;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.HeartbeatReply;
import org.skep.wire.message.HeartbeatRequest;
import org.skep.wire.message.Kind;
import org.skep.wire.message.LeaveRequest;
import org.skep.wire.message.NewGroup;
import org.skep.wire.message.NodeMessage;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.RemoveMirrorGroupRequest;
import org.skep.wire.message.ResyncedRequest;
import org.skep.wire.message.SetStateRequest;
import org.skep.wire.message.SuspectRequest;
import org.skep.wire.message.TargetClaim;
import org.skep.wire.message.TargetReport;

/// Buddy groups through the requests of management: a group of 101 (primary, node 1) and 201 (node
/// 2). While an administrator waits, the servers go on beating.
final class MirrorOperationsTest {
  private static final int P = 101;
  private static final int S = 201;
  private static final int GROUP = 1;

  /// The process that has the primary.
  private static final Caller PRIMARY = new Caller(NodeKind.STORAGE, 7, true);

  private final DeskWorld world = new DeskWorld();
  private final List<Integer> beating = new ArrayList<>(List.of(P, S));
  private boolean dropping;

  @BeforeEach
  void aPair() {
    register(1, 7);
    register(2, 7);
    AddMirrorGroupsRequest request =
        AddMirrorGroupsRequest.newBuilder()
            .setKind(Kind.STORAGE)
            .addGroups(NewGroup.newBuilder().setPrimary(P).setSecondary(S))
            .build();
    assertThat(
            done(new AddMirrorGroups(world.desk).handle(request, Caller.CLIENT)).getGroupIdsList())
        .containsExactly(GROUP);
    world.clock.onWait(this::beatAll);
  }

  private static EndpointMessage tcp(int port) {
    return EndpointMessage.newBuilder().setHost("10.0.0.1").setPort(port).build();
  }

  private void register(int nodeId, long incarnation) {
    register(nodeId, incarnation, false);
  }

  private void registerUnsure(int nodeId, long incarnation) {
    register(nodeId, incarnation, true);
  }

  private void register(int nodeId, long incarnation, boolean unsure) {
    RegisterRequest request =
        RegisterRequest.newBuilder()
            .setNode(
                NodeMessage.newBuilder()
                    .setKind(Kind.STORAGE)
                    .setId(nodeId)
                    .setName("host")
                    .setHostId("elsewhere")
                    .setIncarnation(incarnation)
                    .addEndpoints(EndpointMessage.newBuilder().setUnixPath("/run/" + nodeId))
                    .addEndpoints(tcp(nodeId))
                    .addEndpoints(tcp(nodeId + 10)))
            .addTargets(TargetClaim.newBuilder().setUuid("u" + nodeId).setUnsure(unsure))
            .build();
    done(new Register(world.desk).handle(request, Caller.SERVER));
  }

  private HeartbeatReply beat(TargetReport report) {
    return beat(report, 7);
  }

  private HeartbeatReply beat(TargetReport report, long incarnation) {
    HeartbeatRequest request =
        HeartbeatRequest.newBuilder()
            .setKind(Kind.STORAGE)
            .setNodeId(report.getTargetId() / 100)
            .setIncarnation(incarnation)
            .setMapVersion(world.machine.map().version())
            .addReports(report)
            .build();
    return done(new Heartbeat(world.desk).handle(request, Caller.SERVER));
  }

  private static TargetReport.Builder report(int target) {
    return TargetReport.newBuilder().setTargetId(target);
  }

  /// What well-behaved servers do.
  private void beatAll() {
    for (int target : beating) {
      boolean suspended = beat(report(target).build()).getSuspendedTargetsList().contains(target);
      if (suspended && dropping) {
        beat(report(target).setLeaseDropped(true).build());
      }
    }
  }

  private BuddyGroup group() {
    return world.machine.map().group(NodeKind.STORAGE, GROUP);
  }

  private Target target(int id) {
    return world.machine.map().target(NodeKind.STORAGE, id);
  }

  private static SetStateRequest state(int target, Consistency consistency) {
    return SetStateRequest.newBuilder()
        .setKind(Kind.STORAGE)
        .setTargetId(target)
        .setConsistency(consistency.ordinal())
        .build();
  }

  private void leave(int nodeId) {
    beating.removeIf(target -> target / 100 == nodeId);
    LeaveRequest request =
        LeaveRequest.newBuilder().setKind(Kind.STORAGE).setNodeId(nodeId).setIncarnation(7).build();
    done(new Leave(world.desk).handle(request, Caller.SERVER));
  }

  @Test
  void aHeartbeatGivesALeaseOfThreeFifthsOfTheTimeout() {
    HeartbeatReply reply = beat(report(P).build());
    assertThat(reply.getLeaseMillis()).isEqualTo(3000);
    assertThat(reply.getSuspendedTargetsList()).isEmpty();
    assertThat(reply.getIntervalMillis()).isEqualTo(1000);
  }

  @Test
  void whoLeavesHandsItsGroupOverAtOnce() {
    leave(1);
    assertThat(group()).isEqualTo(new BuddyGroup(NodeKind.STORAGE, GROUP, S, P, 2));
    assertThat(target(P).reachability()).isEqualTo(Reachability.OFFLINE);
    assertThat(target(P).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
  }

  @Test
  void aPrimaryThatStepsOutIsReplacedInItsOwnHeartbeat() {
    HeartbeatReply reply = beat(report(P).setStepsOut(true).build());
    assertThat(reply.getSuspendedTargetsList()).containsExactly(P);
    assertThat(group().primary()).isEqualTo(S);
    assertThat(reply.getMap().getVersion())
        .as("the answer brings what came of it")
        .isEqualTo(world.machine.map().version());
    reply =
        done(
            new Heartbeat(world.desk)
                .handle(
                    HeartbeatRequest.newBuilder()
                        .setKind(Kind.STORAGE)
                        .setNodeId(1)
                        .setIncarnation(7)
                        .addReports(report(P))
                        .build(),
                    Caller.SERVER));
    assertThat(reply.getSuspendedTargetsList()).as("its map is old").containsExactly(P);
  }

  @Test
  void aComplaintTakesTheSecondaryOutWithinThreeHeartbeats() {
    beat(report(P).setBuddyUnreachableEpoch(1).build());
    HeartbeatReply told = beat(report(S).build());
    assertThat(told.getSuspendedTargetsList()).containsExactly(S);
    assertThat(told.getIntervalMillis()).as("its answer is waited for").isEqualTo(50);
    assertThat(target(S).consistency()).isEqualTo(Consistency.GOOD);
    beat(report(S).setLeaseDropped(true).build());
    assertThat(target(S).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
    assertThat(group().primary()).isEqualTo(P);
  }

  @Test
  void badIsDeclaredOnlyWhenTheMemberHasDroppedItsLease() {
    SetState setState = new SetState(world.desk);
    Failure failure = refused(setState.handle(state(P, Consistency.BAD), Caller.CLIENT));
    assertThat(failure.kind()).isEqualTo(FailureMessage.Kind.RETRY);
    assertThat(failure.detail()).contains("storage target 101 is waited for");
    assertThat(target(P).consistency()).isEqualTo(Consistency.GOOD);
    assertThat(beat(report(P).build()).getSuspendedTargetsList()).isEmpty();
    dropping = true;
    long before = world.clock.nanoTime();
    done(setState.handle(state(P, Consistency.BAD), Caller.CLIENT));
    assertThat(world.clock.nanoTime() - before).isLessThan(100_000_000L);
    assertThat(group().primary()).isEqualTo(S);
    assertThat(target(P).consistency()).isEqualTo(Consistency.BAD);
    assertThat(refused(setState.handle(state(P, Consistency.BAD), Caller.CLIENT)).detail())
        .contains("Bad already");
  }

  @Test
  void goodIsDeclaredOnlyOverWhoIsOffline() {
    leave(1);
    SetState setState = new SetState(world.desk);
    Failure failure = refused(setState.handle(state(P, Consistency.GOOD), Caller.CLIENT));
    assertThat(failure.errno()).isEqualTo(Errno.EBUSY.number());
    assertThat(failure.detail()).contains("buddy group 1: target 201 is Good and Online");
    leave(2);
    done(setState.handle(state(P, Consistency.GOOD), Caller.CLIENT));
    assertThat(group()).isEqualTo(new BuddyGroup(NodeKind.STORAGE, GROUP, P, S, 3, 1));
  }

  @Test
  void statesThatCantBeSetAreRefusedByName() {
    SetState setState = new SetState(world.desk);
    assertThat(refused(setState.handle(state(999, Consistency.BAD), Caller.CLIENT)).detail())
        .isEqualTo("no storage target 999");
    assertThat(refused(setState.handle(state(P, Consistency.NEEDS_RESYNC), Caller.CLIENT)).errno())
        .isEqualTo(Errno.EINVAL.number());
    register(3, 7);
    assertThat(refused(setState.handle(state(301, Consistency.BAD), Caller.CLIENT)).detail())
        .isEqualTo("storage target 301 is in no buddy group");
  }

  private DemandResyncRequest demand(int secondary) {
    return DemandResyncRequest.newBuilder()
        .setKind(Kind.STORAGE)
        .setGroupId(GROUP)
        .setSecondary(secondary)
        .build();
  }

  @Test
  void aDemandedResyncSuspendsTheSecondaryFirstAndIsDoneWhenRepeated() {
    dropping = true;
    DemandResync demandResync = new DemandResync(world.desk);
    done(demandResync.handle(demand(S), Caller.SERVER));
    assertThat(target(S).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
    long epoch = group().epoch();
    done(demandResync.handle(demand(S), Caller.SERVER));
    assertThat(group().epoch()).isEqualTo(epoch);
    assertThat(refused(demandResync.handle(demand(P), Caller.SERVER)).detail())
        .contains("is the primary");
  }

  @Test
  void aDemandedResyncOfASecondaryThatIsAwayWaitsForNobody() {
    leave(2);
    long before = world.clock.nanoTime();
    done(new DemandResync(world.desk).handle(demand(S), Caller.SERVER));
    assertThat(world.clock.nanoTime() - before).as("but the log").isLessThan(5_000_000L);
  }

  @Test
  void resyncedCountsInItsEpochOnly() {
    dropping = true;
    done(new DemandResync(world.desk).handle(demand(S), Caller.SERVER));
    ResyncedRequest late =
        ResyncedRequest.newBuilder()
            .setKind(Kind.STORAGE)
            .setGroupId(GROUP)
            .setEpoch(1)
            .setSecondary(S)
            .build();
    Resynced resynced = new Resynced(world.desk);
    assertThat(refused(resynced.handle(late, PRIMARY)).errno()).isEqualTo(Errno.ESTALE.number());
    done(resynced.handle(late.toBuilder().setEpoch(2).build(), PRIMARY));
    assertThat(target(S).consistency()).isEqualTo(Consistency.GOOD);
    assertThat(refused(resynced.handle(late.toBuilder().setEpoch(3).build(), PRIMARY)).errno())
        .isEqualTo(Errno.EBUSY.number());
  }

  @Test
  void whatAFormerProcessOfThePrimarySaysOfAResyncIsVoid() {
    dropping = true;
    done(new DemandResync(world.desk).handle(demand(S), Caller.SERVER));
    beating.clear();
    register(P / 100, 8);
    ResyncedRequest request =
        ResyncedRequest.newBuilder()
            .setKind(Kind.STORAGE)
            .setGroupId(GROUP)
            .setEpoch(2)
            .setSecondary(S)
            .build();
    Resynced resynced = new Resynced(world.desk);
    assertThat(refused(resynced.handle(request, PRIMARY)).errno())
        .as("the new process may have gone on alone")
        .isEqualTo(Errno.ESTALE.number());
    assertThat(target(S).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
    done(resynced.handle(request, new Caller(NodeKind.STORAGE, 8, true)));
    assertThat(target(S).consistency()).isEqualTo(Consistency.GOOD);
  }

  @Test
  void aGroupIsRemovedOnce() {
    RemoveMirrorGroupRequest request =
        RemoveMirrorGroupRequest.newBuilder().setKind(Kind.STORAGE).setGroupId(GROUP).build();
    RemoveMirrorGroup remove = new RemoveMirrorGroup(world.desk);
    done(remove.handle(request, Caller.CLIENT));
    assertThat(world.machine.map().groups()).isEmpty();
    assertThat(refused(remove.handle(request, Caller.CLIENT)).errno())
        .isEqualTo(Errno.ENOENT.number());
  }

  private void suspect(long incarnation) {
    suspect(1, incarnation);
  }

  private void suspect(int node, long incarnation) {
    world.clock.advanceMillis(1);
    SuspectRequest request =
        SuspectRequest.newBuilder()
            .setKind(Kind.STORAGE)
            .setNodeId(node)
            .setIncarnation(incarnation)
            .build();
    done(new Suspect(world.desk).handle(request, Caller.CLIENT));
  }

  @Test
  void aServerThatRefusesAtAllItsEndpointsIsReplacedBeforeTheAnswer() {
    world.network.answers.put(new Endpoint.Tcp("10.0.0.1", 1), Answer.REFUSES);
    suspect(7);
    assertThat(group().epoch()).as("it listens at the other one").isEqualTo(1);
    world.network.answers.put(new Endpoint.Tcp("10.0.0.1", 11), Answer.IS_SILENT);
    suspect(7);
    assertThat(group().epoch()).as("one endpoint only times out").isEqualTo(1);
    nodeIs(1, Answer.REFUSES);
    suspect(7);
    assertThat(group()).isEqualTo(new BuddyGroup(NodeKind.STORAGE, GROUP, S, P, 2));
    assertThat(target(P).reachability()).isEqualTo(Reachability.OFFLINE);
    int attempts = world.network.attempts;
    suspect(7);
    assertThat(world.network.attempts).as("known already").isEqualTo(attempts);
  }

  @Test
  void whenBothMembersAreGoneNeitherIsPutBeforeTheOther() {
    for (int node : new int[] {1, 2}) {
      world.network.answers.put(new Endpoint.Tcp("10.0.0.1", node), Answer.REFUSES);
      world.network.answers.put(new Endpoint.Tcp("10.0.0.1", node + 10), Answer.REFUSES);
    }
    suspect(7);
    assertThat(group()).isEqualTo(new BuddyGroup(NodeKind.STORAGE, GROUP, P, S, 1));
    assertThat(target(P).reachability()).isEqualTo(Reachability.OFFLINE);
    assertThat(target(S).reachability()).isEqualTo(Reachability.OFFLINE);
    register(2, 8);
    assertThat(group().primary()).as("whoever returns first has everything").isEqualTo(S);
    assertThat(target(S).consistency()).isEqualTo(Consistency.GOOD);
  }

  private void nodeIs(int node, Answer answer) {
    world.network.answers.put(new Endpoint.Tcp("10.0.0.1", node), answer);
    world.network.answers.put(new Endpoint.Tcp("10.0.0.1", node + 10), answer);
  }

  /// The secondary's host has lost its power a moment ago, the primary's process dies now.
  private void primaryIsGoneAndTheSecondaryIsSilent() {
    beating.clear();
    nodeIs(1, Answer.REFUSES);
    nodeIs(2, Answer.IS_SILENT);
    suspect(7);
    assertThat(group()).isEqualTo(new BuddyGroup(NodeKind.STORAGE, GROUP, P, S, 1));
    assertThat(target(P).reachability()).isEqualTo(Reachability.OFFLINE);
    assertThat(target(S).reachability()).isEqualTo(Reachability.PROBABLY_OFFLINE);
    assertThat(world.heartbeats.decide(world.machine.map(), world.clock.nanoTime()))
        .as("that it was heard a moment ago makes it no better")
        .isEmpty();
  }

  @Test
  void aSecondaryThatMayHaveLostItsPowerIsNotPutBeforeThePrimary() {
    primaryIsGoneAndTheSecondaryIsSilent();
    registerUnsure(2, 8);
    assertThat(target(S).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
    assertThat(group().primary()).as("it has all, and is waited for").isEqualTo(P);
    register(1, 8);
    assertThat(target(P).consistency()).isEqualTo(Consistency.GOOD);
    assertThat(target(P).reachability()).isEqualTo(Reachability.ONLINE);
    assertThat(group().losses()).isZero();
  }

  @Test
  void thePrimaryThatReturnsGoesOnWithoutASecondaryThatStaysSilent() {
    primaryIsGoneAndTheSecondaryIsSilent();
    register(1, 8);
    assertThat(group().primary()).isEqualTo(P);
    assertThat(target(S).consistency()).isEqualTo(Consistency.GOOD);
    world.clock.advanceMillis(5000);
    Object _ = beat(report(P).build(), 8);
    decide();
    assertThat(target(S).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
    assertThat(target(P).consistency()).isEqualTo(Consistency.GOOD);
  }

  @Test
  void aSecondaryThatWasOnlySlowIsPutBeforeThePrimaryWhenItIsHeard() {
    primaryIsGoneAndTheSecondaryIsSilent();
    world.clock.advanceMillis(1);
    Object _ = beat(report(S).build());
    decide();
    assertThat(group()).isEqualTo(new BuddyGroup(NodeKind.STORAGE, GROUP, S, P, 2));
  }

  @Test
  void whoLeavesHandsItsGroupOverOnlyToOneThatIsThere() {
    beating.clear();
    nodeIs(2, Answer.IS_SILENT);
    world.clock.advanceMillis(1);
    leave(1);
    assertThat(group()).isEqualTo(new BuddyGroup(NodeKind.STORAGE, GROUP, P, S, 1));
    assertThat(target(S).reachability()).isEqualTo(Reachability.PROBABLY_OFFLINE);
    world.clock.advanceMillis(1);
    Object _ = beat(report(S).build());
    decide();
    assertThat(group().primary()).isEqualTo(S);
  }

  @Test
  void aPrimaryThatMayHaveLostItsPowerIsNotPutBeforeASecondaryThatIsGone() {
    beating.clear();
    nodeIs(1, Answer.IS_SILENT);
    nodeIs(2, Answer.REFUSES);
    suspect(2, 7);
    assertThat(group()).isEqualTo(new BuddyGroup(NodeKind.STORAGE, GROUP, P, S, 1));
    registerUnsure(1, 8);
    assertThat(group().primary()).as("it has all, and is waited for").isEqualTo(S);
    assertThat(target(P).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
    register(2, 8);
    assertThat(group().losses()).isZero();
    assertThat(target(S).consistency()).isEqualTo(Consistency.GOOD);
  }

  private void decide() {
    world.desk.submit(world.heartbeats.decide(world.machine.map(), world.clock.nanoTime()));
  }

  @Test
  void anotherProcessThanTheRegisteredOneIsNotLookedFor() {
    SuspectRequest request =
        SuspectRequest.newBuilder().setKind(Kind.STORAGE).setNodeId(1).setIncarnation(6).build();
    assertThat(refused(new Suspect(world.desk).handle(request, Caller.CLIENT)).errno())
        .isEqualTo(Errno.ESTALE.number());
    assertThat(world.network.attempts).isZero();
  }

  @Test
  void looksAtOneServerArePaused() {
    Suspect suspect = new Suspect(world.desk);
    SuspectRequest request =
        SuspectRequest.newBuilder().setKind(Kind.STORAGE).setNodeId(1).setIncarnation(7).build();
    long before = world.clock.nanoTime();
    done(suspect.handle(request, Caller.CLIENT));
    assertThat(world.clock.nanoTime()).isEqualTo(before);
    done(suspect.handle(request, Caller.CLIENT));
    assertThat(world.clock.nanoTime() - before).isEqualTo(50_000_000L);
  }

  @Test
  void aPeerThatDoesNotLeadServesNothing() {
    world.memoryLog.crash();
    for (var outcome :
        List.of(
            new Suspect(world.desk).handle(SuspectRequest.getDefaultInstance(), Caller.CLIENT),
            new AddMirrorGroups(world.desk)
                .handle(AddMirrorGroupsRequest.getDefaultInstance(), Caller.CLIENT),
            new RemoveMirrorGroup(world.desk)
                .handle(RemoveMirrorGroupRequest.getDefaultInstance(), Caller.CLIENT),
            new SetState(world.desk).handle(state(P, Consistency.BAD), Caller.CLIENT),
            new Resynced(world.desk).handle(ResyncedRequest.getDefaultInstance(), Caller.SERVER),
            new DemandResync(world.desk).handle(demand(S), Caller.SERVER))) {
      assertThat(refused(outcome).kind()).isEqualTo(FailureMessage.Kind.NOT_SERVED);
    }
  }
}
