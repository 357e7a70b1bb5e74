package org.skep.runtime.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealChance;
import org.skep.runtime.real.RealClock;
import org.skep.runtime.real.RealNetwork;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.rpc.RefusedHandshakeException;
import org.skep.runtime.twin.RecordingThreads;
import org.skep.wire.MapCodec;
import org.skep.wire.message.Empty;
import org.skep.wire.message.HeartbeatReply;
import org.skep.wire.message.HeartbeatRequest;
import org.skep.wire.message.LeaveRequest;
import org.skep.wire.message.RegisterReply;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.TargetClaim;
import org.skep.wire.message.TargetReport;

/// A server's life as management sees it, request by request.
final class NodeAgentTest {
  private static final Endpoint MANAGEMENT = new Endpoint.Tcp("mgmtd", 8008);
  private static final TargetReport REPORT = TargetReport.newBuilder().setTargetId(101).build();

  private final RealClock clock = new RealClock();
  private final RecordingThreads threads = new RecordingThreads();
  private final Ports ports =
      new Ports(clock, new RealChance(), new RealNetwork(clock, threads), threads);
  private final ScriptedManagement management = new ScriptedManagement();
  private final MapHolder maps = new MapHolder(clock);
  private final List<Assignment> adopted = new ArrayList<>();
  private volatile Supplier<List<TargetReport>> reports = () -> List.of(REPORT);
  private final NodeAgent agent =
      new NodeAgent(
          ports,
          new ManagementCaller(clock, management, List.of(MANAGEMENT)),
          maps,
          new Registration(
              NodeKind.STORAGE,
              0,
              "host",
              7,
              List.of(new Endpoint.Tcp("0.0.0.0", 8003), new Endpoint.Tcp("host", 1)),
              "",
              List.of(new Registration.Claim(0, "a", 0)),
              "room1/rack2"),
          () -> reports.get());

  private static ClusterMap map(long version, String clusterId) {
    return ClusterMap.of(version, clusterId, 0, List.of(), List.of(), List.of());
  }

  private static RegisterReply registered(int nodeId, long version) {
    return RegisterReply.newBuilder()
        .setClusterId("c")
        .setNodeId(nodeId)
        .addTargetIds(nodeId * 100 + 1)
        .setMap(MapCodec.message(map(version, "c")))
        .build();
  }

  private CompletableFuture<Assignment> startInBackground() {
    CompletableFuture<Assignment> result = new CompletableFuture<>();
    Thread _ =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                result.complete(agent.start(adopted::add));
              } catch (Exception e) {
                result.completeExceptionally(e);
              }
            });
    return result;
  }

  /// The next heartbeat comes soon.
  private static HeartbeatReply.Builder reply() {
    return HeartbeatReply.newBuilder().setIntervalMillis(1);
  }

  /// The next heartbeat comes in a minute, unless something makes it hurry.
  private static HeartbeatReply.Builder slowReply() {
    return HeartbeatReply.newBuilder().setIntervalMillis(60_000).setLeaseMillis(30_000);
  }

  private void start() throws Exception {
    CompletableFuture<Assignment> starting = startInBackground();
    management.next(RegisterRequest.class, registered(1, 3));
    starting.get(20, TimeUnit.SECONDS);
  }

  /// What escaped from the agent's threads, which must come.
  private Throwable broken() {
    while (threads.broken().isEmpty()) {
      Thread.onSpinWait();
    }
    return threads.broken().getFirst();
  }

  @Test
  void registersUntilManagementAnswersAndAdoptsWhatItGot() throws Exception {
    CompletableFuture<Assignment> starting = startInBackground();
    management.next(RegisterRequest.class, new IOException("connection refused"));
    management.next(RegisterRequest.class, new IOException("connection refused"));
    RegisterRequest request = management.next(RegisterRequest.class, registered(1, 3));
    assertThat(request.getNode().getIncarnation()).isEqualTo(7);
    assertThat(request.getNode().getFailureDomain()).isEqualTo("room1/rack2");
    assertThat(request.getNode().getEndpoints(0).getHost()).isEqualTo(ports.network().hostName());
    assertThat(request.getNode().getEndpoints(1).getHost()).isEqualTo("host");
    assertThat(request.getTargetsList())
        .containsExactly(TargetClaim.newBuilder().setUuid("a").build());
    assertThat(starting.get(20, TimeUnit.SECONDS).targetIds()).containsExactly(101);
    assertThat(adopted).hasSize(1);
    assertThat(maps.current().version()).isEqualTo(3);
    HeartbeatRequest heartbeat =
        management.next(HeartbeatRequest.class, HeartbeatReply.getDefaultInstance());
    assertThat(heartbeat.getNodeId()).isEqualTo(1);
    assertThat(heartbeat.getMapVersion()).isEqualTo(3);
    assertThat(heartbeat.getReportsList()).containsExactly(REPORT);
  }

  @Test
  void aRefusedRegistrationIsForTheOperator() {
    CompletableFuture<Assignment> starting = startInBackground();
    assertThatThrownBy(
            () -> {
              management.next(RegisterRequest.class, ScriptedManagement.errno(Errno.EEXIST));
              starting.get(20, TimeUnit.SECONDS);
            })
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(RegistrationRefusedException.class)
        .hasMessage("EEXIST");
    assertThat(adopted).isEmpty();
  }

  @Test
  void aServerThatManagementDoesNotLetInDoesNotStart() {
    CompletableFuture<Assignment> starting = startInBackground();
    assertThatThrownBy(
            () -> {
              management.next(
                  RegisterRequest.class, new RefusedHandshakeException("another secret"));
              starting.get(20, TimeUnit.SECONDS);
            })
        .cause()
        .isInstanceOf(RegistrationRefusedException.class)
        .hasMessage("another secret");
    assertThat(adopted).isEmpty();
  }

  @Test
  void takesNewerMapsOfItsOwnClusterFromHeartbeats() throws Exception {
    start();
    management.next(
        HeartbeatRequest.class, reply().setMap(MapCodec.message(map(9, "other"))).build());
    management.next(HeartbeatRequest.class, reply().setMap(MapCodec.message(map(5, "c"))).build());
    HeartbeatRequest third =
        management.next(HeartbeatRequest.class, HeartbeatReply.getDefaultInstance());
    assertThat(third.getMapVersion()).isEqualTo(5);
  }

  @Test
  void registersAgainWithItsIdsWhenManagementDoesNotKnowIt() throws Exception {
    start();
    management.next(HeartbeatRequest.class, ScriptedManagement.errno(Errno.ENOENT));
    RegisterRequest again = management.next(RegisterRequest.class, registered(1, 4));
    assertThat(again.getNode().getId()).isEqualTo(1);
    assertThat(again.getClusterId()).isEqualTo("c");
    assertThat(again.getTargets(0).getTargetId()).isEqualTo(101);
    management.next(HeartbeatRequest.class, HeartbeatReply.getDefaultInstance());
    assertThat(threads.broken()).isEmpty();
  }

  @Test
  void stopsLoudlyWhenItGetsOtherIds() throws Exception {
    start();
    management.next(HeartbeatRequest.class, ScriptedManagement.errno(Errno.ENOENT));
    management.next(RegisterRequest.class, registered(2, 4));
    assertThat(broken())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("other ids");
  }

  @Test
  void stopsLoudlyWhenAnotherProcessTakesItsNodeAgainAndAgain() throws Exception {
    start();
    for (int i = 0; i < 5; i++) {
      management.next(HeartbeatRequest.class, ScriptedManagement.errno(Errno.ESTALE));
      management.next(RegisterRequest.class, registered(1, 4 + i));
    }
    assertThat(threads.broken()).isEmpty();
    management.next(HeartbeatRequest.class, ScriptedManagement.errno(Errno.ESTALE));
    assertThat(broken())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("storage node 1");
  }

  @Test
  void leavesAtItsStop() throws Exception {
    start();
    management.next(HeartbeatRequest.class, HeartbeatReply.getDefaultInstance());
    Thread stopping = Thread.ofPlatform().start(agent::stop);
    LeaveRequest leave = management.awaitLeave();
    stopping.join();
    assertThat(leave.getNodeId()).isEqualTo(1);
    assertThat(leave.getIncarnation()).isEqualTo(7);
  }

  @Test
  void canBeStoppedWhileItWaitsForManagement() throws Exception {
    CompletableFuture<Assignment> starting = startInBackground();
    management.next(RegisterRequest.class, new IOException("connection refused"));
    agent.stop();
    while (!starting.isDone()) {
      management.offer(new IOException("connection refused"));
    }
    assertThatThrownBy(starting::get).hasCauseInstanceOf(InterruptedException.class);
  }

  @Test
  void aHeartbeatThatIsAnsweredGivesALease() throws Exception {
    start();
    assertThat(agent.leases().holds(101)).isFalse();
    management.next(HeartbeatRequest.class, reply().setLeaseMillis(30_000).build());
    management.await(HeartbeatRequest.class); // so the answer to the first one was taken in
    assertThat(agent.leases().holds(101)).isTrue();
    assertThat(agent.leases().holds(102)).isFalse();
    management.answer(slowReply().setLeaseMillis(0).build());
  }

  @Test
  void aSuspendedTargetDropsItsLeaseAndSaysSoAtOnce() throws Exception {
    start();
    management.next(HeartbeatRequest.class, reply().setLeaseMillis(30_000).build());
    HeartbeatRequest holding =
        management.next(HeartbeatRequest.class, slowReply().addSuspendedTargets(101).build());
    assertThat(holding.getReports(0).getLeaseDropped()).isFalse();
    HeartbeatRequest dropped = management.await(HeartbeatRequest.class);
    assertThat(dropped.getReports(0).getLeaseDropped()).isTrue();
    assertThat(agent.leases().holds(101)).isFalse();
    management.answer(reply().setLeaseMillis(30_000).build());
    HeartbeatRequest restored = management.await(HeartbeatRequest.class);
    assertThat(restored.getReports(0).getLeaseDropped()).isFalse();
    assertThat(agent.leases().holds(101)).isTrue();
    management.answer(slowReply().build());
  }

  @Test
  void beatsAtOnceWhenAskedAndWhenTheMapConcernsItsTargets() throws Exception {
    start();
    management.next(HeartbeatRequest.class, slowReply().build());
    agent.beatNow();
    HeartbeatRequest asked = management.next(HeartbeatRequest.class, slowReply().build());
    assertThat(asked.getMapVersion()).isEqualTo(3);
    maps.offer(ownMap(4));
    HeartbeatRequest concerned = management.next(HeartbeatRequest.class, slowReply().build());
    assertThat(concerned.getMapVersion()).isEqualTo(4);
  }

  private static ClusterMap ownMap(long version) {
    Node node = new Node(NodeKind.STORAGE, 1, "host", "boot", 7, List.of());
    Target target =
        new Target(NodeKind.STORAGE, 101, 1, "a", 1, Reachability.ONLINE, Consistency.GOOD, 1);
    return ClusterMap.of(version, "c", 0, List.of(node), List.of(target), List.of());
  }

  @Test
  void reportsThatHangDoNotHoldUpTheHeartbeats() throws Exception {
    start();
    CountDownLatch hang = new CountDownLatch(1);
    management.next(HeartbeatRequest.class, reply().build());
    reports =
        () -> {
          try {
            hang.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          return List.of(REPORT);
        };
    while (management.next(HeartbeatRequest.class, reply().build()).getReportsCount() > 0) {
      Thread.onSpinWait();
    }
    hang.countDown();
    while (management.next(HeartbeatRequest.class, reply().build()).getReportsCount() == 0) {
      Thread.onSpinWait();
    }
    assertThat(threads.broken()).isEmpty();
  }

  @Test
  void noLeaseOutlivesTheStop() throws Exception {
    start();
    management.next(HeartbeatRequest.class, slowReply().build());
    while (!agent.leases().holds(101)) {
      Thread.onSpinWait();
    }
    Thread stopping = Thread.ofPlatform().start(agent::stop);
    LeaveRequest _ = management.await(LeaveRequest.class);
    assertThat(agent.leases().holds(101)).isFalse();
    management.answer(Empty.getDefaultInstance());
    stopping.join();
  }
}
