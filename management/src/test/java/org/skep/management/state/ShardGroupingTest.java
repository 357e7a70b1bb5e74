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

/// Metadata groups of two: servers 1, 2 and 3 with the targets 1 and 102, 2 and 202, 3 and 302,
/// each with a shard of its own, the root's is 1.
final class ShardGroupingTest {
  private static final List<Endpoint> HERE = List.of(new Endpoint.Tcp("host", 8005));
  private static final long PROCESS = 7;

  private ClusterState state = ClusterState.EMPTY.apply(new CreateCluster("c")).state();
  private Step last = new Step(state, new Result.Done());

  ShardGroupingTest() {
    for (int node = 1; node <= 3; node++) {
      register(node, PROCESS, "a" + node, "b" + node);
    }
  }

  private static RegisterNode node(int id, long incarnation, Claim... claims) {
    return new RegisterNode(
        NodeKind.METADATA, id, "host", "", incarnation, HERE, List.of(claims), "");
  }

  private void register(int id, long incarnation, String... uuids) {
    does(
        node(id, incarnation, Stream.of(uuids).map(u -> new Claim(0, u, 0)).toArray(Claim[]::new)));
  }

  private Result apply(Command command) {
    assertThat(RecordCodec.command(RecordCodec.bytes(command))).isEqualTo(command);
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
    assertThat(((Result.Rejected) last.result()).reason()).contains(words);
    assertThat(((Result.Rejected) last.result()).errno()).isEqualTo(errno.number());
    assertThat(state).isSameAs(before);
  }

  private static AddGroups add(NewGroup... groups) {
    return new AddGroups(NodeKind.METADATA, List.of(groups));
  }

  /// With a secondary whose shard was given up by the server's first process.
  private static NewGroup pair(int primary, int secondary) {
    return new NewGroup(0, primary, secondary, PROCESS);
  }

  private static RemoveGroup remove(int group) {
    return new RemoveGroup(NodeKind.METADATA, group);
  }

  private Target target(int id) {
    return state.map().target(NodeKind.METADATA, id);
  }

  private BuddyGroup group(int id) {
    return state.map().group(NodeKind.METADATA, id);
  }

  private static BuddyGroup shard(int id, int primary, int secondary, long epoch) {
    return new BuddyGroup(NodeKind.METADATA, id, primary, secondary, epoch);
  }

  private void sees(Reachability reachability, int... targets) {
    does(
        new SetReachability(
            IntStream.of(targets)
                .mapToObj(id ->
                    new ReachabilityChange(
                        NodeKind.METADATA,
                        id,
                        state.map().nodeOfTarget(NodeKind.METADATA, id).incarnation(),
                        reachability))
                .toList()));
  }

  private void happens(int group, GroupEvent event) {
    does(
        new GroupEvents(
            List.of(new Occurrence(NodeKind.METADATA, group, group(group).epoch(), event))));
  }

  private void resynced(int group) {
    BuddyGroup shard = group(group);
    happens(group, new GroupEvent.Resynced(shard.secondary(), shard.epoch()));
  }

  @Test
  void aShardGetsASecondaryThatNeedsAResyncAndWhoseOwnShardIsGone() {
    assertThat(apply(add(pair(1, 2)))).isEqualTo(new Result.GroupsAdded(List.of(1)));
    assertThat(group(1)).isEqualTo(shard(1, 1, 2, 2));
    assertThat(group(2)).isNull();
    assertThat(target(2).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
    assertThat(target(1).consistency()).isEqualTo(Consistency.GOOD);
    assertThat(state.map().rootShard()).isEqualTo(1);
    assertThat(state.retiredGroups()).containsExactly(new RetiredGroup(NodeKind.METADATA, 2, 1, 0));
    resynced(1);
    assertThat(group(1).epoch()).isEqualTo(3);
    assertThat(target(2).consistency()).isEqualTo(Consistency.GOOD);
  }

  private static Claim kept(String uuid) {
    return new Claim(0, uuid, 0, false, true);
  }

  private void keepSpares() {
    for (int node = 1; node <= 2; node++) {
      does(
          node(
              node,
              PROCESS,
              new Claim(0, "a" + node, 0),
              new Claim(0, "b" + node, 0),
              kept("s" + node)));
    }
  }

  @Test
  void aKeptSpareGetsNoShardAndAnIdFromTheTop() {
    keepSpares();
    assertThat(last.result()).isEqualTo(new Result.Registered(2, List.of(2, 202, 65534)));
    assertThat(target(65535).uuid()).isEqualTo("s1");
    assertThat(target(65535).keptSpare()).isTrue();
    assertThat(target(1).keptSpare()).isFalse();
    assertThat(state.map().groupOf(NodeKind.METADATA, 65534)).isNull();
    assertThat(state.map().shownTargets()).hasSize(6);
    ClusterState before = state;
    keepSpares();
    assertThat(state.map().targets()).isEqualTo(before.map().targets());
    assertThat(state.map().groups()).isEqualTo(before.map().groups());
  }

  @Test
  void theFirstTargetThatIsNoSpareHasTheRoot() {
    state = ClusterState.EMPTY;
    does(new CreateCluster("c"));
    does(node(7, PROCESS, kept("s")));
    assertThat(state.map().rootShard()).isZero();
    does(node(7, PROCESS, kept("s"), new Claim(0, "a", 0)));
    assertThat(state.map().rootShard()).isEqualTo(7);
    assertThat(state.map().groups()).containsExactly(shard(7, 7, 0, 1));
  }

  @Test
  void twoServersThatHoldSomethingCopyEachOtherOnTheirKeptSpares() {
    keepSpares();
    does(add(new NewGroup(0, 1, 65534), new NewGroup(0, 2, 65535)));
    resynced(1);
    resynced(2);
    assertThat(group(1)).isEqualTo(shard(1, 1, 65534, 3));
    assertThat(group(2)).isEqualTo(shard(2, 2, 65535, 3));
    assertThat(state.map().shownTargets()).as("in a group it is a target as any").hasSize(8);
    sees(Reachability.OFFLINE, 1, 65535);
    assertThat(group(1).primary()).isEqualTo(65534);
    keepSpares();
    resynced(1);
    resynced(2);
    does(remove(2));
    assertThat(state.map().shownTargets()).as("it is a kept spare again").hasSize(7);
    assertThat(group(2).primary()).isEqualTo(2);
  }

  @Test
  void onlyMetadataServersKeepSpares() {
    rejects(
        new RegisterNode(NodeKind.STORAGE, 1, "host", "", 1, HERE, List.of(kept("s")), ""),
        Errno.EINVAL,
        "keeps no spares");
  }

  @Test
  void threeServersWithTwoTargetsEachAreARing() {
    assertThat(apply(add(pair(1, 202), pair(2, 302), pair(3, 102))))
        .isEqualTo(new Result.GroupsAdded(List.of(1, 2, 3)));
    assertThat(state.map().groupsOf(NodeKind.METADATA))
        .containsExactly(shard(1, 1, 202, 2), shard(2, 2, 302, 2), shard(3, 3, 102, 2));
  }

  @Test
  void whoHadNoAnswerMayAskForASecondaryAgain() {
    does(add(pair(1, 202)));
    ClusterState before = state;
    assertThat(apply(add(pair(1, 202)))).isEqualTo(new Result.GroupsAdded(List.of(1)));
    assertThat(apply(add(new NewGroup(1, 1, 202)))).isEqualTo(new Result.GroupsAdded(List.of(1)));
    assertThat(state).isEqualTo(before);
    rejects(add(new NewGroup(7, 1, 202, PROCESS)), Errno.EEXIST, "member of buddy group 1");
    // Also when the other one leads by now, and of several those that are missing are made.
    resynced(1);
    sees(Reachability.OFFLINE, 1);
    assertThat(group(1).primary()).isEqualTo(202);
    before = state;
    assertThat(apply(add(pair(1, 202)))).isEqualTo(new Result.GroupsAdded(List.of(1)));
    assertThat(state).isEqualTo(before);
    assertThat(apply(add(pair(1, 202), pair(2, 302))))
        .isEqualTo(new Result.GroupsAdded(List.of(1, 2)));
    assertThat(group(1)).isEqualTo(before.map().group(NodeKind.METADATA, 1));
    assertThat(group(2)).isEqualTo(shard(2, 2, 302, 2));
  }

  @Test
  void whatCantBeASecondaryIsRefusedByName() {
    does(add(pair(2, 302)));
    rejects(add(pair(1, 9)), Errno.ENOENT, "no meta target 9");
    rejects(add(pair(9, 1)), Errno.ENOENT, "no meta target 9");
    rejects(add(pair(1, 1)), Errno.EINVAL, "can't be its own buddy");
    rejects(add(pair(1, 102)), Errno.EINVAL, "1 and 102 are both on node 1");
    rejects(add(pair(1, 2)), Errno.EEXIST, "meta target 2 is a member of buddy group 2");
    rejects(add(pair(1, 302)), Errno.EEXIST, "meta target 302 is a member of buddy group 2");
    rejects(add(pair(2, 1)), Errno.EEXIST, "meta target 2 is a member of buddy group 2");
    rejects(add(pair(3, 1)), Errno.EBUSY, "meta target 1 holds the root directory");
    rejects(add(new NewGroup(7, 1, 3, PROCESS)), Errno.EINVAL, "serves shard 1");
    rejects(add(new NewGroup(1, 1, 3)), Errno.EBUSY, "serves shard 3, which must be given up");
    rejects(
        add(pair(1, 202), pair(1, 3)), Errno.EEXIST, "meta target 1 is a member of buddy group");
    rejects(add(pair(1, 202), pair(3, 202)), Errno.EEXIST, "meta target 202 is a member");
    rejects(add(pair(3, 202), pair(1, 3)), Errno.EEXIST, "meta target 3 is a member");
  }

  @Test
  void aShardThatAnotherProcessHasByNowWasNotGivenUp() {
    register(2, PROCESS + 1, "a2", "b2");
    rejects(add(pair(1, 2)), Errno.ESTALE, "another process");
    does(add(new NewGroup(1, 1, 2, PROCESS + 1)));
  }

  @Test
  void aSecondaryThatRegistersAgainGetsNoShardAndANewTargetDoes() {
    does(add(pair(1, 2)));
    register(2, PROCESS + 1, "a2", "b2", "c2");
    assertThat(group(1)).isEqualTo(shard(1, 1, 2, 2));
    assertThat(group(2)).isNull();
    assertThat(group(203)).isEqualTo(shard(203, 203, BuddyGroup.NONE, 1));
    register(4, 1, "a4");
    assertThat(group(4)).isEqualTo(shard(4, 4, BuddyGroup.NONE, 1));
  }

  @Test
  void aSecondaryThatIsTakenOffIsASpareAndCanBeOneAgainWithoutBeingAsked() {
    does(add(pair(1, 2)));
    resynced(1);
    does(remove(1));
    assertThat(group(1)).isEqualTo(shard(1, 1, BuddyGroup.NONE, 4));
    assertThat(target(2).consistency()).isEqualTo(Consistency.GOOD);
    assertThat(state.map().groupOf(NodeKind.METADATA, 2)).isNull();
    register(2, PROCESS + 1, "a2", "b2");
    assertThat(state.map().groupOf(NodeKind.METADATA, 2)).as("still a spare").isNull();
    rejects(add(pair(2, 3)), Errno.EINVAL, "meta target 2 serves no shard: it is a spare");
    does(add(new NewGroup(3, 3, 2)));
    assertThat(group(3)).isEqualTo(shard(3, 3, 2, 2));
    assertThat(target(2).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
  }

  @Test
  void afterAFailoverTheShardStaysWhereItIs() {
    does(add(pair(1, 2)));
    resynced(1);
    sees(Reachability.OFFLINE, 1);
    assertThat(group(1)).isEqualTo(shard(1, 2, 1, 4));
    rejects(new RemoveTarget(NodeKind.METADATA, 1), Errno.EBUSY, "member of buddy group 1");
    sees(Reachability.ONLINE, 1);
    does(remove(1));
    assertThat(group(1)).isEqualTo(shard(1, 2, BuddyGroup.NONE, 5));
    assertThat(state.map().groupOf(NodeKind.METADATA, 1)).isNull();
    register(1, PROCESS + 1, "a1", "b1");
    assertThat(state.map().groupOf(NodeKind.METADATA, 1)).as("no second shard 1").isNull();
    rejects(add(pair(3, 2)), Errno.EBUSY, "meta target 2 holds the root directory");
    sees(Reachability.OFFLINE, 1, 2);
    does(new RemoveTarget(NodeKind.METADATA, 1));
    rejects(new RemoveTarget(NodeKind.METADATA, 2), Errno.EBUSY, "holds the root directory");
    register(1, PROCESS + 2, "a1", "b1");
    assertThat(target(1)).isNotNull();
    assertThat(state.map().groupOf(NodeKind.METADATA, 1)).as("a spare as before").isNull();
  }

  @Test
  void aTargetThatReturnsAfterItsRemovalHasTheShardThatItLed() {
    does(add(pair(2, 3)));
    resynced(2);
    sees(Reachability.OFFLINE, 2);
    sees(Reachability.ONLINE, 2);
    does(remove(2));
    assertThat(group(2)).isEqualTo(shard(2, 3, BuddyGroup.NONE, 5));
    sees(Reachability.OFFLINE, 3);
    does(new RemoveTarget(NodeKind.METADATA, 3));
    assertThat(group(2)).isNull();
    register(3, PROCESS, "a3", "b3");
    assertThat(group(2)).isEqualTo(shard(2, 3, BuddyGroup.NONE, 6));
    assertThat(group(3)).isNull();
  }

  @Test
  void aSecondaryIsTakenOffOnlyAPrimaryThatIsThere() {
    rejects(remove(9), Errno.ENOENT, "no buddy group 9");
    rejects(remove(1), Errno.EINVAL, "has no secondary");
    does(add(pair(1, 2)));
    sees(Reachability.PROBABLY_OFFLINE, 1);
    rejects(remove(1), Errno.EBUSY, "primary must be Good and Online");
    sees(Reachability.OFFLINE, 1);
    assertThat(group(1).primary()).as("2 is not Good").isEqualTo(1);
    rejects(remove(1), Errno.EBUSY, "primary 1: Offline, Good; secondary 2: Online, Needs-resync");
    happens(1, new GroupEvent.Declare(2, Consistency.GOOD));
    assertThat(group(1).primary()).isEqualTo(2);
    does(remove(1));
  }

  @Test
  void failoverIsAsForStorage() {
    does(add(pair(1, 2)));
    happens(1, new GroupEvent.StepsOut(1));
    assertThat(group(1)).as("2 is not Good").isEqualTo(shard(1, 1, 2, 2));
    resynced(1);
    register(1, PROCESS + 1, "a1", "b1");
    assertThat(group(1)).as("a restart that is sure").isEqualTo(shard(1, 1, 2, 3));
    does(node(1, PROCESS + 2, new Claim(0, "a1", 0, true), new Claim(0, "b1", 0, true)));
    assertThat(group(1)).as("one that is unsure").isEqualTo(shard(1, 2, 1, 4));
    assertThat(group(102)).as("of one member").isEqualTo(shard(102, 102, BuddyGroup.NONE, 1));
    resynced(1);
    happens(1, new GroupEvent.Demand(1));
    assertThat(target(1).consistency()).isEqualTo(Consistency.NEEDS_RESYNC);
    resynced(1);
    happens(1, new GroupEvent.StepsOut(2));
    assertThat(group(1)).isEqualTo(shard(1, 1, 2, 8));
    resynced(1);
    sees(Reachability.OFFLINE, 1, 102, 2);
    assertThat(group(1)).as("both at once").isEqualTo(shard(1, 1, 2, 9));
    sees(Reachability.ONLINE, 2);
    assertThat(group(1)).isEqualTo(shard(1, 2, 1, 10));
  }
}
