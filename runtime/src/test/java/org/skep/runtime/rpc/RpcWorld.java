package org.skep.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealChance;
import org.skep.runtime.real.RealClock;
import org.skep.runtime.real.RealNetwork;
import org.skep.runtime.twin.RecordingThreads;
import org.skep.wire.Answer;
import org.skep.wire.Operation;
import org.skep.wire.Secret;
import org.skep.wire.message.EndpointMessage;

/// A server with a few operations of its own, on real sockets, and clients of it.
final class RpcWorld implements AutoCloseable {
  static final long SECOND = 1_000_000_000L;
  static final long INCARNATION = 77;
  static final Secret SECRET = secret("the right secret");

  /// Answers its request, and its bulk payload.
  static final Operation<EndpointMessage, EndpointMessage> ECHO = operation(0x701, "echo", false);

  /// The same, for servers.
  static final Operation<EndpointMessage, EndpointMessage> PEER_ECHO =
      operation(0x702, "peer-echo", true);

  /// A handler of the test.
  static final Operation<EndpointMessage, EndpointMessage> SPECIAL =
      operation(0x703, "special", false);

  /// Nobody serves it.
  static final Operation<EndpointMessage, EndpointMessage> UNKNOWN =
      operation(0x7ff, "unknown", false);

  final RecordingThreads threads = new RecordingThreads();
  final Ports ports;
  final Dispatcher dispatcher = new Dispatcher();
  final AtomicInteger handled = new AtomicInteger();
  final AtomicLong mapVersion = new AtomicLong(5);
  final List<Long> mapVersionsSeen = new ArrayList<>();
  private final List<RpcClient> clients = new ArrayList<>();
  private @Nullable RpcServer server;

  RpcWorld() {
    RealClock clock = new RealClock();
    ports = new Ports(clock, new RealChance(), new RealNetwork(clock, threads), threads);
    Handler<EndpointMessage, EndpointMessage> echo =
        (request, exchange) -> {
          int _ = handled.incrementAndGet();
          return new Outcome.Done<>(request, exchange.bulk());
        };
    Dispatcher _ = dispatcher.on(ECHO, echo).on(PEER_ECHO, echo);
  }

  static Secret secret(String text) {
    return Secret.of(text.getBytes(StandardCharsets.UTF_8));
  }

  static Operation<EndpointMessage, EndpointMessage> operation(
      int code, String name, boolean servers) {
    return new Operation<>(
        code,
        name,
        Operation.Destination.STORAGE,
        servers,
        EndpointMessage.parser(),
        EndpointMessage.parser());
  }

  static EndpointMessage message(String text) {
    return EndpointMessage.newBuilder().setHost(text).build();
  }

  static ByteBuffer bulk(int bytes) {
    ByteBuffer bulk = ByteBuffer.allocateDirect(bytes);
    for (int i = 0; i < bytes; i++) {
      bulk.put((byte) (i * 31));
    }
    return bulk.flip();
  }

  static Endpoint tcp() {
    return new Endpoint.Tcp("127.0.0.1", 0);
  }

  static Endpoint unix(Path directory) {
    return new Endpoint.Unix(directory.resolve("socket").toString());
  }

  RpcServer serve(@Nullable Secret secret, ServerLimits limits, Endpoint... endpoints)
      throws IOException {
    RpcServer.Settings settings =
        new RpcServer.Settings(
            NodeKind.STORAGE,
            List.of(endpoints),
            secret,
            () -> "cluster-a",
            INCARNATION,
            mapVersion::get,
            limits);
    RpcServer fresh = new RpcServer(ports, settings, dispatcher);
    fresh.start();
    server = fresh;
    return fresh;
  }

  Endpoint endpoint() {
    return server.endpoints().getFirst();
  }

  Peer peer() {
    return new Peer(NodeKind.STORAGE, 1, INCARNATION, ports.network().hostId(), server.endpoints());
  }

  RpcClient client(@Nullable Secret secret, long id) {
    return client(secret, id, NodeKind.CLIENT, "", RpcClient.Settings.CONNECTIONS_MAX);
  }

  RpcClient client(
      @Nullable Secret secret, long id, NodeKind role, String clusterId, int connectionsMax) {
    RpcClient client =
        new RpcClient(
            ports,
            new RpcClient.Settings(
                role,
                id,
                secret,
                () -> clusterId,
                mapVersionsSeen::add,
                connectionsMax,
                RpcClient.Settings.IDLE_NANOS));
    clients.add(client);
    return client;
  }

  Answer<EndpointMessage> echo(RpcClient client, String text) throws IOException {
    return client.call(peer(), ECHO, message(text), 20 * SECOND);
  }

  static Answer<EndpointMessage> done(String text) {
    return new Answer.Done<>(message(text), 0);
  }

  /// Waits until something is so; the only use of time in these tests, and bounded.
  void await(java.util.function.BooleanSupplier condition) {
    long end = ports.clock().nanoTime() + 20 * SECOND;
    while (!condition.getAsBoolean()) {
      assertThat(ports.clock().nanoTime()).as("in time").isLessThan(end);
      ports.clock().parkNanos(this, 100_000);
    }
  }

  @Override
  public void close() {
    clients.forEach(RpcClient::close);
    if (server != null) {
      server.stop();
    }
    assertThat(threads.broken()).isEmpty();
  }
}
