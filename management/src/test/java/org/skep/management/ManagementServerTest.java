package org.skep.management;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.runtime.membership.Assignment;
import org.skep.runtime.membership.ManagementCaller;
import org.skep.runtime.membership.MapFollower;
import org.skep.runtime.membership.NodeAgent;
import org.skep.runtime.membership.Registration;
import org.skep.runtime.membership.RegistrationRefusedException;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealPorts;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.rpc.RpcClient;
import org.skep.wire.Answer;
import org.skep.wire.Operations;
import org.skep.wire.Secret;
import org.skep.wire.message.Kind;
import org.skep.wire.message.NodeMessage;
import org.skep.wire.message.StatusReply;
import org.skep.wire.message.StatusRequest;
import org.skep.wire.message.TargetReport;

/// Management on a real directory, with real servers' agents over the loopback device.
final class ManagementServerTest {
  private static final long LONG_NANOS = 20_000_000_000L;

  @TempDir private Path directory;
  private final Ports ports = RealPorts.create();
  private final Secret secret = Secret.of("0123456789abcdef".getBytes(StandardCharsets.UTF_8));
  private final List<AutoCloseable> open = new ArrayList<>();
  private Endpoint endpoint = new Endpoint.Tcp("127.0.0.1", 0);

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private ManagementSettings settings(boolean init) {
    return ManagementSettings.of(List.of(endpoint), secret, init)
        .withOfflineTimeoutNanos(1_000_000_000L);
  }

  private ManagementServer management(boolean init) throws Exception {
    ManagementServer server =
        new ManagementServer(ports, directory.resolve("mgmtd"), settings(init));
    server.start();
    endpoint = server.endpoints().getFirst();
    open.add(server::stop);
    return server;
  }

  /// A process that may be a server or a client.
  private final class Member {
    private final MapHolder maps = new MapHolder(ports.clock());
    private final RpcClient client;
    private final ManagementCaller caller;
    private volatile List<TargetReport> reports = List.of();

    Member(NodeKind role) {
      client =
          new RpcClient(
              ports,
              RpcClient.Settings.of(role, ports.chance().nextLong(), secret, () -> "", maps::hint));
      caller = ManagementCaller.of(ports.clock(), client, List.of(endpoint));
      open.add(client);
    }

    private ClusterMap await(long version) throws InterruptedException {
      assertThat(maps.awaitVersion(version, LONG_NANOS)).isTrue();
      return maps.current();
    }

    /// The first map in which the storage target is seen like that.
    private ClusterMap await(int target, Reachability reachability) throws InterruptedException {
      ClusterMap map = maps.current();
      while (map.target(NodeKind.STORAGE, target) == null
          || map.target(NodeKind.STORAGE, target).reachability() != reachability) {
        map = await(map.version() + 1);
      }
      return map;
    }
  }

  private static Registration registration(int nodeId, String clusterId, String... uuids) {
    List<Registration.Claim> claims = new ArrayList<>();
    for (String uuid : uuids) {
      claims.add(new Registration.Claim(0, uuid, 0));
    }
    return new Registration(
        NodeKind.STORAGE,
        nodeId,
        "host",
        System.nanoTime(),
        List.of(new Endpoint.Tcp("127.0.0.1", 9)),
        clusterId,
        claims);
  }

  private NodeAgent agent(Member member, Registration registration) {
    NodeAgent agent =
        new NodeAgent(ports, member.caller, member.maps, registration, () -> member.reports);
    open.add(agent::stop);
    return agent;
  }

  private static List<TargetReport> reports(Assignment assignment) {
    return assignment.targetIds().stream()
        .map(id -> TargetReport.newBuilder().setTargetId(id).build())
        .toList();
  }

  @Test
  void aServerRegistersIsSeenFallsSilentAndLeaves() throws Exception {
    management(true);
    Member watcher = new Member(NodeKind.CLIENT);
    MapFollower follower =
        new MapFollower(
            ports,
            watcher.caller,
            watcher.maps,
            NodeMessage.newBuilder().setKind(Kind.CLIENT).setName("watcher").build());
    follower.start();
    open.add(follower::stop);
    Member server = new Member(NodeKind.STORAGE);
    NodeAgent agent = agent(server, registration(0, "", "a"));
    List<Assignment> adopted = new ArrayList<>();
    Assignment assignment =
        agent.start(given -> {
          adopted.add(given);
          server.reports = reports(given);
        });
    assertThat(adopted).containsExactly(assignment);
    assertThat(assignment.targetIds()).containsExactly(101);
    watcher.await(101, Reachability.ONLINE);
    server.reports = List.of();
    watcher.await(101, Reachability.PROBABLY_OFFLINE);
    watcher.await(101, Reachability.OFFLINE);
    server.reports = reports(assignment);
    watcher.await(101, Reachability.ONLINE);
    assertThat(status(watcher).getClientsList())
        .extracting(NodeMessage::getName)
        .containsExactly("watcher");
    agent.stop();
    ClusterMap map = watcher.await(101, Reachability.OFFLINE);
    assertThat(map.nodesOf(NodeKind.MANAGEMENT)).hasSize(1);
  }

  private static StatusReply status(Member member) throws Exception {
    Answer<StatusReply> answer =
        member.caller.call(
            Operations.STATUS, StatusRequest.getDefaultInstance(), LONG_NANOS, LONG_NANOS);
    return ((Answer.Done<StatusReply>) answer).reply();
  }

  @Test
  void aRestartedManagementKnowsEverythingAndServersGoOn() throws Exception {
    ManagementServer first = management(true);
    Member server = new Member(NodeKind.STORAGE);
    NodeAgent agent = agent(server, registration(0, "", "a", "b"));
    Assignment assignment = agent.start(given -> server.reports = reports(given));
    first.stop();
    ManagementServer second = management(false);
    assertThat(second.clusterId()).isEqualTo(assignment.clusterId());
    ClusterMap map = server.await(assignment.map().version() + 1);
    assertThat(map.targetsOf(NodeKind.STORAGE)).hasSize(2);
    assertThat(map.target(NodeKind.STORAGE, 102).reachability()).isEqualTo(Reachability.ONLINE);
  }

  @Test
  void aServerWaitsUntilManagementIsThere() throws Exception {
    management(true).stop();
    Member server = new Member(NodeKind.STORAGE);
    NodeAgent agent = agent(server, registration(0, "", "a"));
    Thread late =
        Thread.ofPlatform()
            .start(() -> {
              try {
                management(false);
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    assertThat(agent.start(given -> {}).nodeId()).isEqualTo(1);
    late.join();
  }

  @Test
  void aServerOfAnotherClusterIsRefusedWithAReason() throws Exception {
    management(true);
    NodeAgent agent = agent(new Member(NodeKind.STORAGE), registration(0, "other", "a"));
    assertThatThrownBy(() -> agent.start(given -> {}))
        .isInstanceOf(RegistrationRefusedException.class)
        .hasMessageContaining("cluster other");
  }

  @Test
  void aDirectoryIsCreatedOnceAndRefusedWhenItIsNotWhatItWas() throws Exception {
    assertThatThrownBy(() -> management(false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("--init");
    ManagementServer first = management(true);
    String clusterId = first.clusterId();
    assertThatThrownBy(() -> management(true)).hasMessageContaining("another process");
    first.stop();
    ManagementServer second = management(true);
    assertThat(second.clusterId()).isEqualTo(clusterId);
    second.stop();
    Path raft = directory.resolve("mgmtd/raft");
    Files.move(raft, directory.resolve("away"));
    assertThatThrownBy(() -> management(true)).hasMessageContaining("backup");
    Files.createDirectories(raft.resolve("lost"));
    assertThatThrownBy(() -> management(true)).hasMessageContaining("backup");
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    management(true);
    ManagementServer other =
        new ManagementServer(ports, directory.resolve("other"), settings(true));
    assertThatThrownBy(other::start)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(endpoint.toString());
  }
}
