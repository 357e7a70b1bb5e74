package org.skep.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.skep.runtime.rpc.RpcWorld.ECHO;
import static org.skep.runtime.rpc.RpcWorld.PEER_ECHO;
import static org.skep.runtime.rpc.RpcWorld.SECOND;
import static org.skep.runtime.rpc.RpcWorld.SECRET;
import static org.skep.runtime.rpc.RpcWorld.SPECIAL;
import static org.skep.runtime.rpc.RpcWorld.UNKNOWN;
import static org.skep.runtime.rpc.RpcWorld.bulk;
import static org.skep.runtime.rpc.RpcWorld.done;
import static org.skep.runtime.rpc.RpcWorld.message;
import static org.skep.runtime.rpc.RpcWorld.tcp;
import static org.skep.runtime.rpc.RpcWorld.unix;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Network;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.Limits;
import org.skep.wire.message.EndpointMessage;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.ProofMessage;

/// Requests and answers between a client and a server over real sockets.
final class CallTest {
  private static final RequestHeader HEADER = new RequestHeader(101, 3, 1, 40, 38);

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bulkGoesStraightBetweenBuffers(boolean overUnix) throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, overUnix ? unix(directory) : tcp());
      RpcClient client = world.client(SECRET, 1);
      for (int bytes : new int[] {0, 1, 4096, 65_537, Limits.BULK_BYTES_MAX}) {
        ByteBuffer out = bulk(bytes + 10).position(10);
        ByteBuffer in = ByteBuffer.allocateDirect(Limits.BULK_BYTES_MAX + 5).position(5);
        Answer<EndpointMessage> answer =
            client.call(world.peer(), ECHO, message("b"), HEADER, out, in, 20 * SECOND);
        assertThat(answer).isEqualTo(new Answer.Done<>(message("b"), bytes));
        assertThat(out.position()).isEqualTo(10);
        assertThat(in.position()).isEqualTo(5 + bytes);
        assertThat(in.flip().position(5)).isEqualTo(out);
      }
    }
  }

  @Test
  void headerAndCallerReachTheHandler() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      AtomicInteger checked = new AtomicInteger();
      Dispatcher _ =
          world.dispatcher.on(
              SPECIAL,
              (request, exchange) -> {
                FrameHeader header = exchange.header();
                assertThat(header.destination()).isEqualTo(101);
                assertThat(header.epoch()).isEqualTo(3);
                assertThat(header.flags()).isEqualTo(1);
                assertThat(header.sequence()).isEqualTo(40);
                assertThat(header.mark()).isEqualTo(38);
                assertThat(exchange.client()).isEqualTo(42);
                assertThat(exchange.role()).isEqualTo(NodeKind.METADATA);
                assertThat(exchange.alive()).isTrue();
                int _ = checked.incrementAndGet();
                return Outcome.refused(Failure.errno(Errno.ENOENT.number(), "nothing there"));
              });
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 42, NodeKind.METADATA, "cluster-a", 4);
      Answer<EndpointMessage> answer =
          client.call(world.peer(), SPECIAL, message("x"), HEADER, null, null, 20 * SECOND);
      assertThat(answer)
          .isEqualTo(new Answer.Refused<>(Failure.errno(Errno.ENOENT.number(), "nothing there")));
      assertThat(checked).hasValue(1);
      assertThat(world.mapVersionsSeen).containsExactly(5L);
    }
  }

  @Test
  void aLargeMessageArrivesWhole() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      String large = "large ".repeat(1_000_000);
      assertThat(world.echo(world.client(SECRET, 1), large)).isEqualTo(done(large));
    }
  }

  @Test
  void whatIsNotServedOrNotAllowedOrNotParsedIsRefused() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 1);
      assertThat(failure(client.call(world.peer(), UNKNOWN, message("x"), SECOND)).kind())
          .isEqualTo(FailureMessage.Kind.MALFORMED);
      assertThat(failure(client.call(world.peer(), PEER_ECHO, message("x"), SECOND)).errno())
          .isEqualTo(Errno.EPERM.number());
      RpcClient server = world.client(SECRET, 2, NodeKind.STORAGE, "", 1);
      assertThat(server.call(world.peer(), PEER_ECHO, message("x"), SECOND)).isEqualTo(done("x"));
      try (RawClient raw = new RawClient(world)) {
        assertThat(raw.shake(SECRET, 3, 1).header().kind()).isEqualTo(FrameKind.WELCOME);
        ProofMessage notUtf8 =
            ProofMessage.newBuilder().setProof(ByteString.copyFrom(new byte[] {-1})).build();
        raw.request(ECHO.code(), notUtf8, null);
        assertThat(raw.receive().failure().getKind()).isEqualTo(FailureMessage.Kind.MALFORMED);
        raw.request(ECHO.code(), message("good again"), null);
        assertThat(raw.receive().header().kind()).isEqualTo(FrameKind.REPLY);
      }
      assertThat(world.handled).hasValue(2);
    }
  }

  private static Failure failure(Answer<?> answer) {
    return ((Answer.Refused<?>) answer).failure();
  }

  @Test
  void oneThreadServesManyParkedConnections() throws Exception {
    ServerLimits limits =
        ServerLimits.DEFAULT.withCounts(100, 10, 1).withTimes(10 * SECOND, 1_000_000, 10 * SECOND);
    try (RpcWorld world = new RpcWorld()) {
      RpcServer server = world.serve(SECRET, limits, tcp());
      RpcClient[] clients = new RpcClient[20];
      for (int i = 0; i < clients.length; i++) {
        clients[i] = world.client(SECRET, i + 1);
      }
      for (int round = 0; round < 3; round++) {
        for (RpcClient client : clients) {
          assertThat(world.echo(client, "r" + round)).isEqualTo(done("r" + round));
        }
      }
      assertThat(server.connectionCount()).isEqualTo(20);
    }
  }

  @Test
  void requestsBeyondTheThreadsWaitTheirTurn() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      AtomicInteger atOnce = new AtomicInteger();
      AtomicInteger mostAtOnce = new AtomicInteger();
      Dispatcher _ =
          world.dispatcher.on(
              SPECIAL,
              (request, exchange) -> {
                int _ = mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                world.ports.clock().parkNanos(this, 1_000_000);
                int _ = atOnce.decrementAndGet();
                return Outcome.done(request);
              });
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT.withCounts(100, 50, 3), tcp());
      RpcClient client = world.client(SECRET, 1);
      AtomicInteger answered = new AtomicInteger();
      for (int i = 0; i < 30; i++) {
        Thread _ =
            world.threads.start(
                "caller",
                () -> {
                  try {
                    assertThat(client.call(world.peer(), SPECIAL, message("t"), 20 * SECOND))
                        .isEqualTo(done("t"));
                    int _ = answered.incrementAndGet();
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
      }
      world.await(() -> answered.get() == 30);
      assertThat(mostAtOnce.get()).isBetween(1, 3);
    }
  }

  @Test
  void theClientHasNoMoreConnectionsThanItsLimit() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      AtomicBoolean release = new AtomicBoolean();
      Dispatcher _ =
          world.dispatcher.on(
              SPECIAL,
              (request, exchange) -> {
                world.await(release::get);
                return Outcome.done(request);
              });
      RpcServer server = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 1, NodeKind.CLIENT, "", 1);
      AtomicInteger answered = new AtomicInteger();
      Thread _ =
          world.threads.start(
              "caller",
              () -> {
                try {
                  assertThat(client.call(world.peer(), SPECIAL, message("t"), 20 * SECOND))
                      .isEqualTo(done("t"));
                  int _ = answered.incrementAndGet();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      world.await(() -> client.slow(0).size() == 1);
      assertThatThrownBy(() -> client.call(world.peer(), ECHO, message("x"), 20_000_000))
          .hasMessage("all connections to storage node 1 (" + world.endpoint() + ") are busy");
      release.set(true);
      world.await(() -> answered.get() == 1);
      assertThat(world.echo(client, "x")).isEqualTo(done("x"));
      assertThat(server.connectionCount()).isEqualTo(1);
    }
  }

  @Test
  void theUnixSocketIsPreferredOnTheSameHostAndTcpIsTheWayBack() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      List<String> peers = new CopyOnWriteArrayList<>();
      RpcServer server = world.serve(SECRET, ServerLimits.DEFAULT, tcp(), unix(directory));
      Endpoint tcp = server.endpoints().getFirst();
      String here = world.ports.network().hostId();
      Endpoint missing = new Endpoint.Unix(directory.resolve("missing").toString());
      List<Endpoint> both = server.endpoints();
      Network network = world.ports.network();
      record Case(String hostId, List<Endpoint> endpoints, boolean works) {}
      List<Case> cases =
          List.of(
              new Case(here, both, true),
              new Case(here, List.of(missing, tcp), true),
              new Case("elsewhere", both, true),
              new Case("elsewhere", List.of(both.get(1)), false));
      for (Case one : cases) {
        RpcClient client = world.client(SECRET, peers.size() + 1);
        Peer peer =
            new Peer(NodeKind.STORAGE, 1, RpcWorld.INCARNATION, one.hostId(), one.endpoints());
        try {
          assertThat(client.call(peer, ECHO, message("x"), 20 * SECOND)).isEqualTo(done("x"));
          assertThat(one.works()).isTrue();
        } catch (IOException e) {
          assertThat(one.works()).as(e.toString()).isFalse();
        }
        boolean _ = peers.add(one.hostId());
      }
      assertThat(network.hostId()).isEqualTo(here);
    }
  }

  @Test
  void aRestartedServerIsReachedAgain() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer first = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 1);
      Peer peer = Peer.at(NodeKind.STORAGE, world.endpoint());
      assertThat(client.call(peer, ECHO, message("a"), SECOND)).isEqualTo(done("a"));
      Endpoint endpoint = world.endpoint();
      first.stop();
      assertThatThrownBy(() -> client.call(peer, ECHO, message("b"), SECOND))
          .isInstanceOf(Network.RefusedException.class);
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, endpoint);
      assertThat(client.call(peer, ECHO, message("c"), SECOND)).isEqualTo(done("c"));
    }
  }

  @Test
  void aStopLetsARunningHandlerAnswer() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      AtomicBoolean running = new AtomicBoolean();
      AtomicBoolean release = new AtomicBoolean();
      AtomicBoolean answered = new AtomicBoolean();
      Dispatcher _ =
          world.dispatcher.on(
              SPECIAL,
              (request, exchange) -> {
                running.set(true);
                world.await(release::get);
                return Outcome.done(request);
              });
      RpcServer server = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 1);
      Thread _ =
          world.threads.start(
              "caller",
              () -> {
                try {
                  answered.set(
                      client
                          .call(world.peer(), SPECIAL, message("t"), 20 * SECOND)
                          .equals(done("t")));
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      world.await(running::get);
      Thread _ = world.threads.start("stopper", server::stop);
      world.await(() -> {
        try (Connection _ = world.ports.network().connect(world.endpoint(), SECOND)) {
          return false;
        } catch (IOException e) {
          return true;
        }
      });
      release.set(true);
      world.await(answered::get);
      world.await(() -> server.connectionCount() == 0);
    }
  }

  @Test
  void noAnswerInTimeIsALostConnection() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      Dispatcher _ =
          world.dispatcher.on(
              SPECIAL,
              (request, exchange) -> {
                world.await(() -> !exchange.alive());
                return Outcome.done(request);
              });
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 1);
      assertThat(world.echo(client, "connected")).isEqualTo(done("connected"));
      assertThatThrownBy(() -> client.call(world.peer(), SPECIAL, message("x"), 50_000_000))
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessage("no answer to special for 50 ms");
    }
  }

  @Test
  void whatAHandlerThrowsReachesTheThreadsPort() throws Exception {
    RpcWorld world = new RpcWorld();
    Dispatcher _ =
        world.dispatcher.on(
            SPECIAL,
            (request, exchange) -> {
              throw new IllegalStateException("broken invariant");
            });
    RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
    RpcClient client = world.client(SECRET, 1);
    Thread _ =
        world.threads.start(
            "caller",
            () ->
                assertThatThrownBy(
                        () -> client.call(world.peer(), SPECIAL, message("x"), 20 * SECOND))
                    .isInstanceOf(IOException.class));
    world.await(() -> !world.threads.broken().isEmpty());
    assertThat(world.threads.broken())
        .singleElement()
        .satisfies(cause -> assertThat(cause).hasMessage("broken invariant"));
    client.close();
  }

  @Test
  void requestsAreCounted() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer server = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 1);
      ByteBuffer in = ByteBuffer.allocateDirect(100);
      Answer<EndpointMessage> _ =
          client.call(world.peer(), ECHO, message("x"), HEADER, bulk(100), in, SECOND);
      OperationMetrics.Snapshot echo = server.metrics().getFirst();
      assertThat(echo.operation()).isEqualTo("echo");
      assertThat(echo.requests()).isEqualTo(1);
      assertThat(echo.bulkInBytes()).isEqualTo(100);
      assertThat(echo.bulkOutBytes()).isEqualTo(100);
      assertThat(echo.failures()).isZero();
    }
  }

  @Test
  void idleConnectionsAreClosedAndTheProcessIsFoundAgain() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer server = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client =
          new RpcClient(
              world.ports,
              new RpcClient.Settings(
                  NodeKind.CLIENT, 1, SECRET, () -> "", version -> {}, 4, 4_000_000));
      assertThat(world.echo(client, "a")).isEqualTo(done("a"));
      world.await(() -> server.connectionCount() == 0);
      world.await(() -> client.processCount() == 0);
      assertThat(world.echo(client, "b")).isEqualTo(done("b"));
      client.close();
      assertThatThrownBy(() -> world.echo(client, "c")).hasMessage("the client is closed");
    }
  }
}
