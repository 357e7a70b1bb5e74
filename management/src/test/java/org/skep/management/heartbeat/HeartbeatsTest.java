package org.skep.management.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.management.state.ClusterState;
import org.skep.management.state.Command.Claim;
import org.skep.management.state.Command.CreateCluster;
import org.skep.management.state.Command.ReachabilityChange;
import org.skep.management.state.Command.RegisterNode;
import org.skep.management.state.Command.SetReachability;
import org.skep.wire.message.TargetReport;

/// The table of [Heartbeats], row by row, with a time-out of 5 s.
final class HeartbeatsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long TIMEOUT = 5 * SECOND;

  private long now = 77 * SECOND;
  private ClusterState state = ClusterState.EMPTY.apply(new CreateCluster("c")).state();
  private final Heartbeats heartbeats = new Heartbeats(TIMEOUT, now);

  @BeforeEach
  void registerOneNodeWithTwoTargets() {
    register(1);
  }

  private void register(long incarnation) {
    List<Claim> claims = List.of(new Claim(0, "a", 0), new Claim(0, "b", 0));
    state =
        state
            .apply(
                new RegisterNode(
                    NodeKind.STORAGE,
                    0,
                    "host",
                    "",
                    incarnation,
                    List.of(new Endpoint.Tcp("host", 1)),
                    claims,
                    ""))
            .state();
    heartbeats.registered(NodeKind.STORAGE, 1, incarnation, List.of(101, 102), now);
  }

  private Node node() {
    return state.map().node(NodeKind.STORAGE, 1);
  }

  private boolean heard(int... targets) {
    List<TargetReport> reports =
        Arrays.stream(targets)
            .mapToObj(id -> TargetReport.newBuilder().setTargetId(id).build())
            .toList();
    Hearing hearing = heartbeats.heard(state::map, node(), state.map().version(), reports, now);
    return hearing instanceof Hearing.Taken;
  }

  private void look() {
    List<ReachabilityChange> changes = heartbeats.decide(state.map(), now);
    state = state.apply(new SetReachability(changes)).state();
    heartbeats.settled(changes);
    assertThat(heartbeats.decide(state.map(), now)).as("decided once").isEmpty();
  }

  private void expect(Reachability first, Reachability second) {
    look();
    assertThat(
            Stream.of(101, 102).map(id -> state.map().target(NodeKind.STORAGE, id).reachability()))
        .containsExactly(first, second);
  }

  @Test
  void aSilentTargetBecomesProbablyOfflineThenOffline() {
    expect(Reachability.ONLINE, Reachability.ONLINE);
    now += TIMEOUT / 2 - 1;
    expect(Reachability.ONLINE, Reachability.ONLINE);
    now += 1;
    expect(Reachability.PROBABLY_OFFLINE, Reachability.PROBABLY_OFFLINE);
    now += TIMEOUT / 2 - 1;
    expect(Reachability.PROBABLY_OFFLINE, Reachability.PROBABLY_OFFLINE);
    now += 1;
    expect(Reachability.OFFLINE, Reachability.OFFLINE);
  }

  @Test
  void aHeartbeatBringsATargetBackAndAMissingReportDoesNot() {
    now += TIMEOUT;
    expect(Reachability.OFFLINE, Reachability.OFFLINE);
    assertThat(heard(101)).isTrue();
    expect(Reachability.ONLINE, Reachability.OFFLINE);
    now += TIMEOUT / 2;
    heard(102);
    expect(Reachability.PROBABLY_OFFLINE, Reachability.ONLINE);
  }

  @Test
  void reportsOfUnknownAndForeignTargetsAreDropped() {
    heard(7, 101);
    assertThat(heartbeats.sign(state.map(), state.map().target(NodeKind.STORAGE, 101)))
        .isEqualTo(new Heartbeats.Sign(now, TargetReport.newBuilder().setTargetId(101).build()));
  }

  @Test
  void aNodeThatLeftIsOfflineAtOnceAndItsLateHeartbeatsAreRefused() {
    assertThat(heartbeats.left(state.map(), node())).hasSize(2);
    expect(Reachability.OFFLINE, Reachability.OFFLINE);
    assertThat(heard(101)).isFalse();
    expect(Reachability.OFFLINE, Reachability.OFFLINE);
    register(2);
    expect(Reachability.ONLINE, Reachability.ONLINE);
    assertThat(heard(101, 102)).isTrue();
  }

  @Test
  void aNodeThatIsGoneIsOfflineAtOnceAndAHeartbeatBringsItBack() {
    now += 1;
    assertThat(heartbeats.gone(state.map(), node(), now)).hasSize(2);
    expect(Reachability.OFFLINE, Reachability.OFFLINE);
    assertThat(heard(101, 102)).isTrue();
    expect(Reachability.ONLINE, Reachability.ONLINE);
    assertThat(heartbeats.gone(state.map(), node(), now)).as("heard since then").isEmpty();
    expect(Reachability.ONLINE, Reachability.ONLINE);
  }

  @Test
  void whenManagementStoodStillEverybodyGetsAFullTimeout() {
    now += TIMEOUT / 2;
    heard(102);
    expect(Reachability.PROBABLY_OFFLINE, Reachability.ONLINE);
    now += 10 * TIMEOUT;
    heartbeats.resume(now);
    expect(Reachability.PROBABLY_OFFLINE, Reachability.ONLINE);
    now += TIMEOUT - 1;
    heard(102);
    expect(Reachability.PROBABLY_OFFLINE, Reachability.ONLINE);
    now += 1;
    expect(Reachability.OFFLINE, Reachability.ONLINE);
  }

  @Test
  void aNewLeaderGivesAFullTimeoutToWhoIsOnlineAndNothingToWhoIsNot() {
    now += TIMEOUT / 2;
    heard(102);
    expect(Reachability.PROBABLY_OFFLINE, Reachability.ONLINE);
    now += TIMEOUT;
    heartbeats.begin(now);
    expect(Reachability.PROBABLY_OFFLINE, Reachability.ONLINE);
    now += TIMEOUT - 1;
    expect(Reachability.PROBABLY_OFFLINE, Reachability.PROBABLY_OFFLINE);
    now += 1;
    expect(Reachability.OFFLINE, Reachability.OFFLINE);
    heartbeats.begin(now);
    expect(Reachability.OFFLINE, Reachability.OFFLINE);
  }

  @Test
  void signsOfAFormerProcessCountNothing() {
    now += TIMEOUT;
    List<Claim> claims = List.of(new Claim(101, "a", 0), new Claim(102, "b", 0));
    state =
        state
            .apply(new RegisterNode(NodeKind.STORAGE, 1, "host", "", 2, List.of(), claims, ""))
            .state();
    // Registered by the log, which this leader has not been told yet: as if heard when it saw it.
    expect(Reachability.ONLINE, Reachability.ONLINE);
    now += TIMEOUT - 1;
    heard(101);
    now += 1;
    expect(Reachability.ONLINE, Reachability.OFFLINE);
  }

  @Test
  void theTimeoutHasLimits() {
    assertThat(new Heartbeats(SECOND, 0).intervalNanos()).isEqualTo(SECOND / 5);
    assertThat(new Heartbeats(SECOND, 0).leaseNanos()).isEqualTo(SECOND * 3 / 5);
    assertThat(new Heartbeats(600 * SECOND, 0).intervalNanos()).isEqualTo(SECOND);
    assertThatThrownBy(() -> new Heartbeats(SECOND - 1, 0)).hasMessageContaining("1 s to 10 min");
    assertThatThrownBy(() -> new Heartbeats(600 * SECOND + 1, 0)).hasMessageContaining("10 min");
  }
}
