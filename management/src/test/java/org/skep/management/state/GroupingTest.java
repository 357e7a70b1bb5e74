package org.skep.management.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.management.machine.RecordCodec;
import org.skep.management.state.Command.AddGroups;
import org.skep.management.state.Command.Claim;
import org.skep.management.state.Command.CreateCluster;
import org.skep.management.state.Command.GroupEvents;
import org.skep.management.state.Command.NewGroup;
import org.skep.management.state.Command.Occurrence;
import org.skep.management.state.Command.ReachabilityChange;
import org.skep.management.state.Command.RegisterNode;
import org.skep.management.state.Command.RemoveGroup;
import org.skep.management.state.Command.RemoveTarget;
import org.skep.management.state.Command.SetReachability;

/// The commands of buddy groups: servers 1, 2 and 3 with the targets 101, 102, 201, 202, 301, 302.
final class GroupingTest {
  private static final List<Endpoint> HERE = List.of(new Endpoint.Tcp("host", 8003));

  private ClusterState state = ClusterState.EMPTY.apply(new CreateCluster("c")).state();
  private Step last = new Step(state, new Result.Done());

  GroupingTest() {
    for (int node = 1; node <= 3; node++) {
      register(node, 7, "a" + node, "b" + node);
    }
  }

  private static RegisterNode node(int id, long incarnation, Claim... claims) {
    return new RegisterNode(
        NodeKind.STORAGE,
        id,
        "host",
        "",
        incarnation,
        HERE,
        List.of(claims),
        "",
        "room1/rack" + id);
  }

  private void register(int id, long incarnation, String... uuids) {
    does(
        node(id, incarnation, Stream.of(uuids).map(u -> new Claim(0, u, 0)).toArray(Claim[]::new)));
  }

  private Result apply(Command command) {
    last = state.apply(command);
    state = last.state();
    assertThat(RecordCodec.state(RecordCodec.bytes(state))).isEqualTo(state);
    return last.result();
  }

  private void does(Command command) {
    assertThat(apply(command)).isNotInstanceOf(Result.Rejected.class);
  }

  private void rejects(Command command, Errno errno, String words) {
    ClusterState before = state;
    assertThat(apply(command)).isInstanceOf(Result.Rejected.class);
    assertThat(((Result.Rejected) last.result()).errno()).isEqualTo(errno.number());
    assertThat(((Result.Rejected) last.result()).reason()).contains(words);
    assertThat(state).isSameAs(before);
  }

  private static AddGroups add(NewGroup... groups) {
    return new AddGroups(NodeKind.STORAGE, List.of(groups));
  }

  private static NewGroup pair(int id, int primary, int secondary) {
    return new NewGroup(id, primary, secondary);
  }

  private Target target(int id) {
    return state.map().target(NodeKind.STORAGE, id);
  }

  private BuddyGroup group(int id) {
    return state.map().group(NodeKind.STORAGE, id);
  }

  private void sees(Reachability reachability, int... targets) {
    does(
        new SetReachability(
            IntStream.of(targets)
                .mapToObj(id ->
                    new ReachabilityChange(
                        NodeKind.STORAGE,
                        id,
                        state.map().nodeOfTarget(NodeKind.STORAGE, id).incarnation(),
                        reachability))
                .toList()));
  }

  private Occurrence occurrence(int group, long epoch, GroupEvent event) {
    return new Occurrence(NodeKind.STORAGE, group, epoch, event);
  }

  @Test
  void groupsAreMadeAllOrNoneWithTheIdsWantedOrTheLowestFreeOnes() {
    assertThat(apply(add(pair(0, 101, 201), pair(1, 202, 301), pair(0, 302, 102))))
        .isEqualTo(new Result.GroupsAdded(List.of(2, 1, 3)));
    assertThat(group(2)).isEqualTo(new BuddyGroup(NodeKind.STORAGE, 2, 101, 201, 1));
    assertThat(state.map().node(NodeKind.STORAGE, 2).failureDomain()).isEqualTo("room1/rack2");
    rejects(new RemoveTarget(NodeKind.STORAGE, 101), Errno.EBUSY, "online");
    sees(Reachability.OFFLINE, 101);
    rejects(new RemoveTarget(NodeKind.STORAGE, 101), Errno.EBUSY, "member of buddy group 2");
  }

  @Test
  void whoHadNoAnswerMayAskForAGroupAgain() {
    does(add(pair(5, 101, 201)));
    ClusterState before = state;
    assertThat(apply(add(pair(5, 101, 201)))).isEqualTo(new Result.GroupsAdded(List.of(5)));
    assertThat(apply(add(pair(0, 201, 101)))).isEqualTo(new Result.GroupsAdded(List.of(5)));
    assertThat(state).isEqualTo(before);
    rejects(add(pair(6, 101, 201)), Errno.EEXIST, "target 101 is a member of buddy group 5");
  }

  @Test
  void groupsThatCantBeAreRefusedByName() {
    does(add(pair(5, 101, 201)));
    rejects(add(pair(0, 102, 202), pair(0, 301, 999)), Errno.ENOENT, "no storage target 999");
    rejects(add(pair(0, 201, 301)), Errno.EEXIST, "target 201 is a member of buddy group 5");
    rejects(add(pair(0, 301, 101)), Errno.EEXIST, "target 101 is a member of buddy group 5");
    rejects(add(pair(0, 301, 302)), Errno.EINVAL, "301 and 302 are both on node 3");
    rejects(add(pair(0, 301, 301)), Errno.EINVAL, "own buddy");
    rejects(add(pair(5, 102, 301)), Errno.EEXIST, "buddy group 5 exists");
    rejects(add(pair(6, 102, 301), pair(6, 202, 302)), Errno.EEXIST, "buddy group 6 exists");
    rejects(add(pair(6, 102, 301), pair(7, 202, 301)), Errno.EEXIST, "301 is a member");
    rejects(
        new AddGroups(NodeKind.CLIENT, List.of(pair(0, 1, 2))), Errno.EINVAL, "not of client ones");
    does(node(4, 1, new Claim(0, "x", 9)));
    rejects(add(pair(0, 301, 401)), Errno.EINVAL, "different storage pools");
  }

  @Test
  void aGroupWhosePrimaryIsOfflineBeginsSettled() {
    sees(Reachability.OFFLINE, 101);
    does(add(pair(0, 101, 201)));
    assertThat(group(1).primary()).isEqualTo(201);
    assertThat(target(101).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
  }

  @Test
  void theReachabilityOfMembersGoesThroughFailover() {
    does(add(pair(0, 101, 201), pair(0, 202, 301)));
    sees(Reachability.OFFLINE, 101, 102);
    assertThat(group(1)).isEqualTo(new BuddyGroup(NodeKind.STORAGE, 1, 201, 101, 2));
    assertThat(target(101).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
    assertThat(target(102).consistency()).isEqualTo(Consistency.GOOD);
    assertThat(last.moves()).hasSize(1);
    assertThat(last.moves().getFirst().reason()).isEqualTo("primary is gone");
    assertThat(group(2).epoch()).isEqualTo(1);
    sees(Reachability.ONLINE, 101);
    does(new GroupEvents(List.of(occurrence(1, 2, new GroupEvent.Resynced(101, 2)))));
    assertThat(target(101).consistency()).isEqualTo(Consistency.GOOD);
    assertThat(group(1).epoch()).isEqualTo(3);
  }

  @Test
  void twoMembersSeenAtTheSameMomentAreNotJudgedByEachOther() {
    does(add(pair(0, 101, 201)));
    sees(Reachability.OFFLINE, 101, 201);
    assertThat(group(1)).isEqualTo(new BuddyGroup(NodeKind.STORAGE, 1, 101, 201, 1));
    sees(Reachability.ONLINE, 101, 201);
    assertThat(group(1).epoch()).isEqualTo(1);
    assertThat(target(201).consistency()).isEqualTo(Consistency.GOOD);
    assertThat(target(201).reachability()).isEqualTo(Reachability.ONLINE);
    sees(Reachability.OFFLINE, 101, 201);
    sees(Reachability.ONLINE, 201);
    assertThat(group(1).primary()).isEqualTo(201);
  }

  @Test
  void aRestartThatIsSureChangesNothingAndOneThatIsUnsureGivesWay() {
    does(add(pair(0, 101, 201)));
    register(1, 8, "a1", "b1");
    assertThat(group(1).epoch()).isEqualTo(1);
    RegisterNode unsure = node(1, 9, new Claim(0, "a1", 0, true), new Claim(0, "b1", 0));
    does(unsure);
    assertThat(group(1)).isEqualTo(new BuddyGroup(NodeKind.STORAGE, 1, 201, 101, 2));
    assertThat(target(101).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
    assertThat(target(101).reachability()).isEqualTo(Reachability.ONLINE);
    does(new GroupEvents(List.of(occurrence(1, 2, new GroupEvent.Resynced(101, 2)))));
    does(unsure);
    assertThat(group(1).epoch()).as("the same process has said so before").isEqualTo(3);
  }

  @Test
  void thePowerCutOfBothEndsWithALossThatIsCounted() {
    does(add(pair(0, 101, 201)));
    sees(Reachability.OFFLINE, 101, 201);
    does(node(1, 8, new Claim(0, "a1", 0, true), new Claim(0, "b1", 0)));
    assertThat(group(1)).isEqualTo(new BuddyGroup(NodeKind.STORAGE, 1, 201, 101, 2));
    does(node(2, 8, new Claim(0, "a2", 0, true), new Claim(0, "b2", 0)));
    assertThat(group(1)).isEqualTo(new BuddyGroup(NodeKind.STORAGE, 1, 201, 101, 3, 1));
    assertThat(last.moves().getFirst().isGrave()).isTrue();
  }

  @Test
  void aMemberThatItsServerNoLongerClaimsIsMissed() {
    does(add(pair(0, 101, 201)));
    register(1, 8, "b1");
    assertThat(group(1).primary()).isEqualTo(201);
    assertThat(target(101).reachability()).isEqualTo(Reachability.OFFLINE);
  }

  @Test
  void aMemberThatMovesToAnotherNodeMakesANewEpoch() {
    does(add(pair(0, 101, 201)));
    sees(Reachability.OFFLINE, 101);
    sees(Reachability.OFFLINE, 102);
    long epoch = group(1).epoch();
    does(node(3, 8, new Claim(0, "a3", 0), new Claim(0, "b3", 0), new Claim(0, "a1", 0)));
    assertThat(group(1).epoch()).isEqualTo(epoch + 1);
    assertThat(target(101).nodeId()).isEqualTo(3);
    assertThat(target(101).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
  }

  @Test
  void anEventOfAnotherEpochIsVoid() {
    does(add(pair(0, 101, 201)));
    GroupEvent event = new GroupEvent.StepsOut(101);
    rejects(new GroupEvents(List.of(occurrence(1, 2, event))), Errno.ESTALE, "epoch 1, not in 2");
    rejects(new GroupEvents(List.of(occurrence(9, 1, event))), Errno.ENOENT, "no buddy group 9");
    rejects(
        new GroupEvents(List.of(occurrence(1, 1, new GroupEvent.Demand(101)))),
        Errno.EBUSY,
        "buddy group 1: target 101 is the primary");
    does(new GroupEvents(List.of(occurrence(1, 2, event), occurrence(1, 1, event))));
    assertThat(group(1).primary()).isEqualTo(201);
  }

  @Test
  void aRemovedGroupsIdIsGivenOnlyToWhoAsksForItAndItsEpochGoesOn() {
    does(add(pair(0, 101, 201)));
    sees(Reachability.OFFLINE, 201);
    assertThat(group(1).epoch()).isEqualTo(2);
    rejects(new RemoveGroup(NodeKind.STORAGE, 2), Errno.ENOENT, "no buddy group 2");
    rejects(new RemoveGroup(NodeKind.METADATA, 1), Errno.ENOENT, "no buddy group 1");
    does(new RemoveGroup(NodeKind.STORAGE, 1));
    assertThat(group(1)).isNull();
    assertThat(target(201).consistency()).isEqualTo(Consistency.GOOD);
    does(add(pair(0, 102, 202)));
    assertThat(group(2).epoch()).isEqualTo(1);
    does(add(pair(1, 101, 301)));
    long life = 1L << 32;
    assertThat(group(1)).isEqualTo(new BuddyGroup(NodeKind.STORAGE, 1, 101, 301, life));
    assertThat(group(1).lifeId()).isEqualTo(life + 1);
    assertThat(state.retiredGroups()).isEmpty();
    does(new RemoveGroup(NodeKind.STORAGE, 1));
    does(add(pair(1, 101, 301)));
    assertThat(group(1).epoch()).isEqualTo(2 * life);
  }

  @Test
  void targetsThatNeverWereMembersBeginAsGoodAndOthersAreCompared() {
    does(add(pair(0, 101, 201)));
    assertThat(target(201).consistency()).isEqualTo(Consistency.GOOD);
    does(new RemoveGroup(NodeKind.STORAGE, 1));
    assertThat(target(201).consistency()).isEqualTo(Consistency.GOOD);
    // Of another id, with one that holds what the first group had.
    does(add(pair(7, 202, 101), pair(8, 201, 301), pair(9, 102, 302)));
    assertThat(target(101).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
    assertThat(target(301).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
    assertThat(target(302).consistency()).isEqualTo(Consistency.GOOD);
    assertThat(group(7)).isEqualTo(new BuddyGroup(NodeKind.STORAGE, 7, 202, 101, 1));
    // Of the former id, with two that hold nothing of it.
    does(new RemoveGroup(NodeKind.STORAGE, 9));
    register(4, 7, "a4");
    register(5, 7, "a5");
    does(add(pair(9, 401, 501)));
    assertThat(target(501).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
    assertThat(target(401).consistency()).isEqualTo(Consistency.GOOD);
  }

  @Test
  void aGroupThatIsMadeAgainFromLessThanAllCountsALoss() {
    does(add(pair(1, 101, 201)));
    sees(Reachability.OFFLINE, 201);
    does(new RemoveGroup(NodeKind.STORAGE, 1));
    does(add(pair(1, 101, 301)));
    assertThat(group(1).losses()).as("101 was Good").isZero();
    does(new RemoveGroup(NodeKind.STORAGE, 1));
    does(add(pair(1, 201, 301)));
    assertThat(group(1).losses()).as("201 had missed changes").isEqualTo(1);
    does(new RemoveGroup(NodeKind.STORAGE, 1));
    does(add(pair(1, 302, 202)));
    assertThat(group(1).losses()).as("302 has nothing").isEqualTo(2);
  }

  @Test
  void metadataGroupsOfOneAreAsBefore() {
    does(
        new RegisterNode(
            NodeKind.METADATA, 0, "h", "", 1, HERE, List.of(new Claim(0, "m", 0)), ""));
    BuddyGroup shard = state.map().group(NodeKind.METADATA, 1);
    does(
        new SetReachability(
            List.of(new ReachabilityChange(NodeKind.METADATA, 1, 1, Reachability.OFFLINE))));
    assertThat(state.map().group(NodeKind.METADATA, 1)).isEqualTo(shard);
    assertThat(last.moves()).isEmpty();
  }
}
