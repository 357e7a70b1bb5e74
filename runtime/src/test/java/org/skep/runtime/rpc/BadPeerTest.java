package org.skep.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.skep.runtime.rpc.RpcWorld.ECHO;
import static org.skep.runtime.rpc.RpcWorld.SECOND;
import static org.skep.runtime.rpc.RpcWorld.SECRET;
import static org.skep.runtime.rpc.RpcWorld.bulk;
import static org.skep.runtime.rpc.RpcWorld.message;
import static org.skep.runtime.rpc.RpcWorld.tcp;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Listener;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.Limits;

/// What a peer that stops in the middle, or sends what it must not, does to a connection: it ends.
final class BadPeerTest {
  @Test
  void aStalledFrameEndsItsConnection() throws Exception {
    ServerLimits limits = ServerLimits.DEFAULT.withTimes(10 * SECOND, 10_000_000, 50_000_000);
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, limits, tcp());
      try (RawClient raw = new RawClient(world)) {
        assertThat(raw.shake(SECRET, 1, 1).header().kind()).isEqualTo(FrameKind.WELCOME);
        raw.connection.writeFully(ByteBuffer.wrap("SKEP".getBytes(StandardCharsets.US_ASCII)));
        assertThatThrownBy(raw::receive).isInstanceOf(EOFException.class);
      }
    }
  }

  @Test
  void aPeerThatDiesInTheMiddleOfARequestLeavesNothingBehind() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer server = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      try (RawClient raw = new RawClient(world)) {
        assertThat(raw.shake(SECRET, 1, 1).header().kind()).isEqualTo(FrameKind.WELCOME);
        raw.connection.writeFully(ByteBuffer.wrap("SKEP".getBytes(StandardCharsets.US_ASCII)));
      }
      world.await(() -> server.connectionCount() == 0);
      assertThat(world.handled).hasValue(0);
    }
  }

  @Test
  void damagedBytesAreNeverServed() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      ByteBuffer bulk = bulk(1000);
      ByteBuffer frame = frame(bulk);
      for (int at : new int[] {8, 30, 62, 66, 100, frame.limit() - 1}) {
        try (RawClient raw = new RawClient(world)) {
          assertThat(raw.shake(SECRET, at, 1).header().kind()).isEqualTo(FrameKind.WELCOME);
          ByteBuffer damaged = ByteBuffer.allocate(frame.limit()).put(frame.duplicate()).flip();
          damaged.put(at, (byte) (damaged.get(at) ^ 4));
          raw.connection.writeFully(damaged);
          assertThatThrownBy(raw::receive).isInstanceOf(IOException.class);
        }
      }
      assertThat(world.handled).hasValue(0);
    }
  }

  private static ByteBuffer frame(ByteBuffer bulk) {
    ByteBuffer message = ByteBuffer.wrap(message("some text").toByteArray());
    ByteBuffer frame = ByteBuffer.allocate(64 + message.remaining() + bulk.remaining());
    new FrameHeader(
            FrameKind.REQUEST,
            ECHO.code(),
            1,
            message.remaining(),
            bulk.remaining(),
            FrameHeader.bulkCrc(bulk),
            0,
            0,
            0,
            0,
            0)
        .encode(frame, message);
    return frame.position(64).put(message).put(bulk.duplicate()).flip();
  }

  /// A server that answers the handshake well and the request with what the test says.
  @Test
  void aBadAnswerIsAFailedConnection() throws Exception {
    List<FrameKind> kinds = List.of(FrameKind.REPLY, FrameKind.FAILURE, FrameKind.HELLO);
    for (FrameKind kind : kinds) {
      try (RpcWorld world = new RpcWorld();
          Listener listener = world.ports.network().listen(tcp())) {
        Thread _ = world.threads.start("bad", () -> answerBadly(world, listener, kind));
        Peer peer = Peer.at(NodeKind.STORAGE, listener.endpoint());
        RpcClient client = world.client(SECRET, 1);
        assertThatThrownBy(() -> client.call(peer, ECHO, message("x"), 20 * SECOND))
            .isInstanceOf(IOException.class);
      }
    }
  }

  private static void answerBadly(RpcWorld world, Listener listener, FrameKind kind) {
    RpcServer.Settings settings =
        new RpcServer.Settings(
            NodeKind.STORAGE, List.of(), SECRET, () -> "", 1, () -> 1, ServerLimits.DEFAULT);
    FrameBuffers buffers = new FrameBuffers();
    try (Connection connection = listener.accept()) {
      long end = world.ports.clock().nanoTime() + 20 * SECOND;
      ServerHandshake handshake =
          new ServerHandshake(world.ports, settings, connection, buffers, end);
      ServerHandshake.Identity _ = handshake.identify();
      handshake.welcome();
      FrameReader reader = new FrameReader(connection, world.ports.clock(), buffers);
      FrameHeader request = reader.readHeader(Limits.MESSAGE_BYTES_MAX, Limits.BULK_BYTES_MAX, end);
      byte[] _ = reader.readMessage(request, end);
      // A reply with bulk that nobody asked for; a failure with errno 0; no answer at all.
      new FrameWriter(connection, world.ports.clock(), buffers)
          .write(
              kind,
              ECHO.code(),
              request.requestId(),
              RequestHeader.PROCESS,
              message("x"),
              kind == FrameKind.REPLY ? bulk(10) : null,
              end);
      reader.readBulk(request, ByteBuffer.allocate(0), end);
      connection.setTimeoutNanos(0);
      assertThatThrownBy(() -> connection.readFully(ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
