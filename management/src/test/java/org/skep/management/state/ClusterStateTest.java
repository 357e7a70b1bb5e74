package org.skep.management.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.management.state.Command.Claim;
import org.skep.management.state.Command.CreateCluster;
import org.skep.management.state.Command.ReachabilityChange;
import org.skep.management.state.Command.RegisterNode;
import org.skep.management.state.Command.RemoveNode;
import org.skep.management.state.Command.RemoveTarget;
import org.skep.management.state.Command.SetReachability;

/// The rules of the commands, case by case.
final class ClusterStateTest {
  private static final List<Endpoint> HERE = List.of(new Endpoint.Tcp("host", 8003));

  private ClusterState state = ClusterState.EMPTY.apply(new CreateCluster("c")).state();

  private static Claim claim(int id, String uuid) {
    return new Claim(id, uuid, 0);
  }

  private static Claim[] fresh(String... uuids) {
    return Stream.of(uuids).map(uuid -> claim(0, uuid)).toArray(Claim[]::new);
  }

  private static RegisterNode node(NodeKind kind, int id, long incarnation, Claim... claims) {
    return new RegisterNode(kind, id, "host", "boot", incarnation, HERE, List.of(claims), "");
  }

  private Result apply(Command command) {
    Step step = state.apply(command);
    state = step.state();
    return step.result();
  }

  private void registers(Command command, int nodeId, Integer... targetIds) {
    assertThat(apply(command)).isEqualTo(new Result.Registered(nodeId, List.of(targetIds)));
  }

  private void rejects(Command command, Errno errno, String words) {
    ClusterState before = state;
    Result result = apply(command);
    assertThat(result).isInstanceOf(Result.Rejected.class);
    assertThat(((Result.Rejected) result).errno()).isEqualTo(errno.number());
    assertThat(((Result.Rejected) result).reason()).contains(words);
    assertThat(state).isSameAs(before);
  }

  private Target meta(int id) {
    return state.map().target(NodeKind.METADATA, id);
  }

  private Target storage(int id) {
    return state.map().target(NodeKind.STORAGE, id);
  }

  private void set(NodeKind kind, int target, long incarnation, Reachability reachability) {
    ReachabilityChange change = new ReachabilityChange(kind, target, incarnation, reachability);
    assertThat(apply(new SetReachability(List.of(change)))).isEqualTo(new Result.Done());
  }

  @Test
  void aClusterIsCreatedOnce() {
    ClusterState before = state;
    assertThat(before.map().version()).isEqualTo(1);
    assertThat(apply(new CreateCluster("c"))).isEqualTo(new Result.Done());
    assertThat(state).isSameAs(before);
    rejects(new CreateCluster("d"), Errno.EEXIST, "cluster c");
  }

  @Test
  void nothingIsTakenBeforeTheClusterExists() {
    state = ClusterState.EMPTY;
    rejects(node(NodeKind.STORAGE, 0, 1, claim(0, "a")), Errno.EINVAL, "not been created");
  }

  @Test
  void storageTargetsGetIdsThatNameTheirNode() {
    registers(node(NodeKind.STORAGE, 0, 1, fresh("a", "b")), 1, 101, 102);
    registers(node(NodeKind.STORAGE, 0, 2, fresh("c")), 2, 201);
    registers(node(NodeKind.STORAGE, 7, 3, fresh("d")), 7, 701);
    registers(node(NodeKind.STORAGE, 0, 4, fresh("e")), 3, 301);
    assertThat(storage(101).epoch()).isEqualTo(1);
    assertThat(storage(101).storagePoolId()).isEqualTo(Target.DEFAULT_POOL);
    assertThat(state.map().groups()).isEmpty();
    assertThat(state.map().rootShard()).isZero();
  }

  @Test
  void theFirstMetadataTargetHasItsNodesIdAndIsTheRootShard() {
    registers(node(NodeKind.METADATA, 0, 1, fresh("a", "b")), 1, 1, 102);
    registers(node(NodeKind.METADATA, 0, 2, fresh("c")), 2, 2);
    assertThat(state.map().rootShard()).isEqualTo(1);
    assertThat(state.map().groups())
        .containsExactly(
            new BuddyGroup(NodeKind.METADATA, 1, 1, 0, 1),
            new BuddyGroup(NodeKind.METADATA, 2, 2, 0, 1),
            new BuddyGroup(NodeKind.METADATA, 102, 102, 0, 1));
  }

  @Test
  void idsChosenByTheAdministratorAreKeptAndNeverGivenToOthers() {
    registers(
        node(NodeKind.STORAGE, 1, 1, claim(0, "a"), claim(101, "b"), claim(0, "c")),
        1,
        102,
        101,
        103);
    registers(node(NodeKind.METADATA, 5, 1, claim(9, "a")), 5, 9);
  }

  @Test
  void whereTheSchemeHasNoNumberTheLowestFreeOneIsGiven() {
    registers(node(NodeKind.STORAGE, 656, 1, fresh("a", "b")), 656, 1, 2);
    registers(node(NodeKind.STORAGE, 655, 1, fresh("c")), 655, 65501);
    registers(node(NodeKind.METADATA, 1, 1, claim(2, "x")), 1, 2);
    registers(node(NodeKind.METADATA, 2, 1, claim(0, "y")), 2, 202);
  }

  @Test
  void aRepeatedRegistrationIsNoChange() {
    RegisterNode command = node(NodeKind.METADATA, 0, 1, fresh("a"));
    registers(command, 1, 1);
    ClusterState before = state;
    registers(command, 1, 1);
    assertThat(state).isEqualTo(before);
  }

  @Test
  void aRestartChangesTheIncarnationAndNoEpoch() {
    registers(node(NodeKind.METADATA, 0, 1, fresh("a")), 1, 1);
    set(NodeKind.METADATA, 1, 1, Reachability.OFFLINE);
    long version = state.map().version();
    registers(node(NodeKind.METADATA, 1, 2, claim(1, "a")), 1, 1);
    assertThat(state.map().version()).isEqualTo(version + 1);
    assertThat(state.map().node(NodeKind.METADATA, 1).incarnation()).isEqualTo(2);
    assertThat(meta(1).reachability()).isEqualTo(Reachability.ONLINE);
    assertThat(meta(1).epoch()).isEqualTo(1);
    assertThat(state.map().group(NodeKind.METADATA, 1).epoch()).isEqualTo(1);
  }

  @Test
  void aTargetThatTheServerNoLongerClaimsIsOffline() {
    registers(node(NodeKind.STORAGE, 0, 1, fresh("a", "b")), 1, 101, 102);
    registers(node(NodeKind.STORAGE, 1, 2, claim(101, "a"), claim(0, "c")), 1, 101, 103);
    assertThat(storage(101).reachability()).isEqualTo(Reachability.ONLINE);
    assertThat(storage(102).reachability()).isEqualTo(Reachability.OFFLINE);
    assertThat(storage(103).reachability()).isEqualTo(Reachability.ONLINE);
  }

  @Test
  void identitiesThatContradictEachOtherAreRejected() {
    registers(node(NodeKind.STORAGE, 0, 1, fresh("a", "b")), 1, 101, 102);
    registers(node(NodeKind.STORAGE, 0, 1, fresh("c")), 2, 201);
    rejects(node(NodeKind.STORAGE, 0, 9, claim(101, "x")), Errno.EEXIST, "uuid a");
    rejects(node(NodeKind.STORAGE, 1, 9, claim(102, "a")), Errno.EEXIST, "target 101, not 102");
    rejects(node(NodeKind.STORAGE, 1, 9, claim(0, "x")), Errno.EEXIST, "another server");
    rejects(node(NodeKind.STORAGE, 0, 9, fresh("a", "c")), Errno.EINVAL, "[1, 2]");
    rejects(node(NodeKind.STORAGE, 0, 9, fresh("x", "x")), Errno.EINVAL, "twice");
    rejects(node(NodeKind.STORAGE, 0, 9, claim(5, "x"), claim(5, "y")), Errno.EINVAL, "twice");
    rejects(node(NodeKind.STORAGE, 0, 9), Errno.EINVAL, "without targets");
    rejects(node(NodeKind.CLIENT, 1, 9), Errno.EINVAL, "clients");
    rejects(node(NodeKind.MANAGEMENT, 1, 9, fresh("x")), Errno.EINVAL, "no targets");
    rejects(
        new RegisterNode(NodeKind.STORAGE, 0, "host", "", 1, HERE, List.of(fresh("x")), "other"),
        Errno.EINVAL,
        "cluster other");
  }

  @Test
  void aTargetMovesToAnotherNodeOnlyWhenNobodyServesIt() {
    registers(node(NodeKind.METADATA, 0, 1, fresh("a")), 1, 1);
    registers(node(NodeKind.METADATA, 0, 2, fresh("b")), 2, 2);
    RegisterNode both = node(NodeKind.METADATA, 2, 3, claim(2, "b"), claim(1, "a"));
    rejects(both, Errno.EBUSY, "served by node 1");
    set(NodeKind.METADATA, 1, 1, Reachability.OFFLINE);
    registers(both, 2, 2, 1);
    assertThat(meta(1).nodeId()).isEqualTo(2);
    assertThat(meta(1).epoch()).isEqualTo(2);
    assertThat(state.map().group(NodeKind.METADATA, 1).epoch()).isEqualTo(2);
    assertThat(meta(2).epoch()).isEqualTo(1);
  }

  @Test
  void reachabilityIsSetForTheIncarnationThatWasSeen() {
    registers(node(NodeKind.STORAGE, 0, 7, fresh("a")), 1, 101);
    long version = state.map().version();
    set(NodeKind.STORAGE, 101, 6, Reachability.OFFLINE);
    set(NodeKind.STORAGE, 999, 7, Reachability.OFFLINE);
    set(NodeKind.METADATA, 101, 7, Reachability.OFFLINE);
    set(NodeKind.STORAGE, 101, 7, Reachability.ONLINE);
    assertThat(state.map().version()).isEqualTo(version);
    set(NodeKind.STORAGE, 101, 7, Reachability.PROBABLY_OFFLINE);
    assertThat(state.map().version()).isEqualTo(version + 1);
    assertThat(storage(101).reachability()).isEqualTo(Reachability.PROBABLY_OFFLINE);
  }

  @Test
  void aRemovedTargetsIdIsNotGivenToAnotherDirectory() {
    registers(node(NodeKind.STORAGE, 0, 1, fresh("a", "b")), 1, 101, 102);
    rejects(new RemoveTarget(NodeKind.STORAGE, 101), Errno.EBUSY, "online");
    set(NodeKind.STORAGE, 101, 1, Reachability.OFFLINE);
    assertThat(apply(new RemoveTarget(NodeKind.STORAGE, 101))).isEqualTo(new Result.Done());
    rejects(new RemoveTarget(NodeKind.STORAGE, 101), Errno.ENOENT, "no storage target 101");
    rejects(node(NodeKind.STORAGE, 3, 1, claim(101, "x")), Errno.EEXIST, "uuid a");
    rejects(node(NodeKind.STORAGE, 3, 1, claim(103, "a")), Errno.EEXIST, "target 101, not 103");
    registers(node(NodeKind.STORAGE, 1, 2, claim(102, "b"), claim(0, "y")), 1, 102, 103);
    registers(node(NodeKind.STORAGE, 4, 1, claim(0, "a")), 4, 101);
    assertThat(storage(101).epoch()).isEqualTo(2);
    assertThat(state.retired()).isEmpty();
  }

  @Test
  void aMetadataTargetReturnsWithNewEpochsAndTheRootShardStays() {
    registers(node(NodeKind.METADATA, 0, 1, fresh("a")), 1, 1);
    registers(node(NodeKind.METADATA, 0, 1, fresh("b")), 2, 2);
    set(NodeKind.METADATA, 1, 1, Reachability.OFFLINE);
    set(NodeKind.METADATA, 2, 1, Reachability.OFFLINE);
    rejects(new RemoveTarget(NodeKind.METADATA, 1), Errno.EBUSY, "root");
    assertThat(apply(new RemoveTarget(NodeKind.METADATA, 2))).isEqualTo(new Result.Done());
    assertThat(state.map().group(NodeKind.METADATA, 2)).isNull();
    registers(node(NodeKind.METADATA, 2, 2, claim(2, "b")), 2, 2);
    assertThat(meta(2).epoch()).isEqualTo(2);
    assertThat(state.map().group(NodeKind.METADATA, 2).epoch()).isEqualTo(2);
    assertThat(state.map().rootShard()).isEqualTo(1);
  }

  @Test
  void aNodeIsRemovedWhenItHasNoTargets() {
    registers(node(NodeKind.STORAGE, 0, 1, fresh("a")), 1, 101);
    rejects(new RemoveNode(NodeKind.STORAGE, 1), Errno.EBUSY, "has targets");
    rejects(new RemoveNode(NodeKind.STORAGE, 2), Errno.ENOENT, "no storage node 2");
    set(NodeKind.STORAGE, 101, 1, Reachability.OFFLINE);
    apply(new RemoveTarget(NodeKind.STORAGE, 101));
    assertThat(apply(new RemoveNode(NodeKind.STORAGE, 1))).isEqualTo(new Result.Done());
    assertThat(state.map().nodes()).isEmpty();
  }

  @Test
  void aNodeHasAtMostSoManyTargets() {
    List<Claim> many =
        Stream.iterate(1, i -> i + 1)
            .limit(CommandLimits.CLAIMS_MAX)
            .map(i -> claim(0, "u" + i))
            .toList();
    Result result = apply(new RegisterNode(NodeKind.STORAGE, 0, "host", "", 1, HERE, many, ""));
    assertThat(((Result.Registered) result).targetIds()).doesNotHaveDuplicates().hasSize(1024);
  }

  @Test
  void aMapThatWouldBeTooLargeForAMessageIsRejected() {
    String longest = "h".repeat(CommandLimits.NAME_LENGTH_MAX);
    List<Endpoint> endpoints =
        Stream.iterate(1, i -> i + 1)
            .limit(Node.ENDPOINTS_MAX)
            .map(i -> (Endpoint) new Endpoint.Tcp(longest, i))
            .toList();
    Result result = new Result.Done();
    int count = 0;
    while (!(result instanceof Result.Rejected)) {
      count++;
      assertThat(count).isLessThan(10_000);
      result =
          apply(
              new RegisterNode(
                  NodeKind.STORAGE, 0, longest, "", 1, endpoints, List.of(fresh("u" + count)), ""));
    }
    assertThat(((Result.Rejected) result).errno()).isEqualTo(Errno.ENOSPC.number());
    assertThat(count).isGreaterThan(1000);
  }
}
