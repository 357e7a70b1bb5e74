package org.skep.runtime.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealChance;
import org.skep.runtime.real.RealClock;
import org.skep.runtime.real.RealNetwork;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.rpc.RefusedHandshakeException;
import org.skep.runtime.twin.RecordingThreads;
import org.skep.wire.MapCodec;
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

  private final RushingClock clock = new RushingClock();
  private final RecordingThreads threads = new RecordingThreads();
  private final Ports ports =
      new Ports(clock, new RealChance(), new RealNetwork(new RealClock(), threads), threads);
  private final ScriptedManagement management = new ScriptedManagement();
  private final MapHolder maps = new MapHolder(clock);
  private final List<Assignment> adopted = new ArrayList<>();
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
          () -> List.of(REPORT));

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
        HeartbeatRequest.class,
        HeartbeatReply.newBuilder().setMap(MapCodec.message(map(9, "other"))).build());
    management.next(
        HeartbeatRequest.class,
        HeartbeatReply.newBuilder().setMap(MapCodec.message(map(5, "c"))).build());
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
}
