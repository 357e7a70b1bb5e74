package org.skep.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.skep.runtime.rpc.RpcWorld.ECHO;
import static org.skep.runtime.rpc.RpcWorld.SECOND;
import static org.skep.runtime.rpc.RpcWorld.SECRET;
import static org.skep.runtime.rpc.RpcWorld.SPECIAL;
import static org.skep.runtime.rpc.RpcWorld.bulk;
import static org.skep.runtime.rpc.RpcWorld.done;
import static org.skep.runtime.rpc.RpcWorld.message;
import static org.skep.runtime.rpc.RpcWorld.tcp;
import static org.skep.runtime.rpc.RpcWorld.unix;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.linux.Errno;
import org.skep.runtime.twin.MemoryConnection;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.Limits;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.message.EndpointMessage;

/// Bulk payloads that are sent and handled piece by piece.
final class StreamTest {
  private static final int PIECE = BulkStream.PIECE_BYTES;
  private static final RequestHeader HEADER = new RequestHeader(7, 3, 2, 40, 38);

  @TempDir Path directory;

  private static void drain(BulkStream bulk) throws IOException {
    while (bulk.next() != null) {
      assertThatThrownBy(bulk::whole).isInstanceOf(IllegalStateException.class);
    }
  }

  private static Outcome<EndpointMessage> echoStream(
      EndpointMessage request, Exchange exchange, BulkStream bulk) throws IOException {
    List<Integer> pieces = new ArrayList<>();
    for (ByteBuffer piece = bulk.next(); piece != null; piece = bulk.next()) {
      pieces.add(piece.remaining());
    }
    int total = bulk.totalBytes();
    for (int i = 0; i < pieces.size(); i++) {
      assertThat(pieces.get(i)).isEqualTo(Math.min(PIECE, total - i * PIECE));
    }
    assertThat(bulk.crc()).isEqualTo(exchange.header().bulkCrc());
    assertThat(exchange.bulk()).isEqualTo(bulk.whole());
    return new Outcome.Done<>(request, bulk.whole());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anySizeArrivesWhole(boolean overUnix) throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      Dispatcher _ = world.dispatcher.onStream(SPECIAL, StreamTest::echoStream);
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, overUnix ? unix(directory) : tcp());
      RpcClient client = world.client(SECRET, 1);
      for (int bytes : new int[] {0, 1, PIECE, PIECE + 1, Limits.BULK_BYTES_MAX}) {
        ByteBuffer out = bulk(bytes);
        ByteBuffer in = ByteBuffer.allocateDirect(Limits.BULK_BYTES_MAX);
        assertThat(client.call(world.peer(), SPECIAL, message("b"), HEADER, out, in, 20 * SECOND))
            .isEqualTo(new Answer.Done<>(message("b"), bytes));
        assertThat(in.flip()).isEqualTo(out);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aHandlerSeesPiecesWhileTheRestIsNotSentYet(boolean overUnix) throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      AtomicInteger seenBytes = new AtomicInteger();
      Dispatcher _ =
          world.dispatcher.onStream(
              SPECIAL,
              (request, exchange, bulk) -> {
                for (ByteBuffer piece = bulk.next(); piece != null; piece = bulk.next()) {
                  assertThat(exchange.alive()).isTrue();
                  int _ = seenBytes.addAndGet(piece.remaining());
                }
                assertThat(exchange.header().flags()).isEqualTo(2);
                assertThat(bulk.whole()).isEqualTo(bulk(2 * PIECE + 5));
                return Outcome.done(request);
              });
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, overUnix ? unix(directory) : tcp());
      RpcClient client = world.client(SECRET, 1);
      ByteBuffer out = bulk(2 * PIECE + 5);
      try (Upload<EndpointMessage> upload = upload(world, client, "s", out)) {
        upload.send(out.slice(0, PIECE));
        world.await(() -> seenBytes.get() == PIECE);
        assertThatThrownBy(upload::finish).isInstanceOf(IllegalStateException.class);
        upload.send(out.slice(PIECE, PIECE));
        world.await(() -> seenBytes.get() == 2 * PIECE);
        upload.send(out.slice(2 * PIECE, 5));
        assertThat(upload.finish()).isEqualTo(done("s"));
        assertThatThrownBy(() -> upload.send(out)).isInstanceOf(IllegalArgumentException.class);
      }
      assertThat(client.slow(0)).isEmpty();
      assertThat(world.mapVersionsSeen).containsExactly(5L);
    }
  }

  private static Upload<EndpointMessage> upload(
      RpcWorld world, RpcClient client, String text, ByteBuffer out) throws IOException {
    return client.upload(
        world.peer(),
        SPECIAL,
        message(text),
        HEADER,
        out.remaining(),
        FrameHeader.bulkCrc(out),
        20 * SECOND);
  }

  @Test
  void anUploadReachesAPlainHandlerToo() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 1);
      for (String text : List.of("small", "large ".repeat(100_000))) {
        try (Upload<EndpointMessage> upload =
            client.upload(world.peer(), ECHO, message(text), HEADER, 0, 0, 20 * SECOND)) {
          assertThat(upload.finish()).isEqualTo(done(text));
        }
      }
    }
  }

  @Test
  void whatARefusalLeavesIsDroppedAndTheConnectionGoesOn() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      AtomicInteger pieces = new AtomicInteger();
      Dispatcher _ =
          world.dispatcher.onStream(
              SPECIAL,
              (request, exchange, bulk) -> {
                for (int i = 0; i < pieces.get(); i++) {
                  assertThat(bulk.next()).isNotNull();
                }
                return Outcome.refused(Failure.errno(Errno.ENOSPC.number(), "full"));
              });
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      try (RawClient raw = new RawClient(world)) {
        assertThat(raw.shake(SECRET, 3, 1).header().kind()).isEqualTo(FrameKind.WELCOME);
        for (int taken = 0; taken <= 4; taken++) {
          pieces.set(taken);
          raw.request(SPECIAL.code(), message("x"), bulk(Limits.BULK_BYTES_MAX));
          assertThat(raw.receive().failure().getErrno()).isEqualTo(Errno.ENOSPC.number());
          raw.request(ECHO.code(), message("good again"), null);
          assertThat(raw.receive().header().kind()).isEqualTo(FrameKind.REPLY);
        }
      }
    }
  }

  @Test
  void aWrongChecksumShowsAtTheEndAndClosesTheConnection() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      AtomicReference<IOException> seen = new AtomicReference<>();
      Dispatcher _ =
          world.dispatcher.onStream(
              SPECIAL,
              (request, exchange, bulk) -> {
                assertThat(bulk.next()).isNotNull();
                try {
                  drain(bulk);
                } catch (IOException e) {
                  seen.set(e);
                  throw e;
                }
                return Outcome.done(request);
              });
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 1);
      ByteBuffer out = bulk(PIECE + 1);
      try (Upload<EndpointMessage> upload =
          client.upload(
              world.peer(),
              SPECIAL,
              message("x"),
              HEADER,
              PIECE + 1,
              FrameHeader.bulkCrc(out) + 1,
              20 * SECOND)) {
        upload.send(out);
        assertThatThrownBy(upload::finish).isInstanceOf(IOException.class);
      }
      assertThat(seen.get()).isInstanceOf(MalformedFrameException.class);
      assertThat(world.echo(client, "next")).isEqualTo(done("next"));
    }
  }

  /// Its handler ends before anything the client asks afterwards is answered.
  @Test
  void anUploadThatIsGivenUpEndsItsHandlerFirst() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      List<String> effects = new CopyOnWriteArrayList<>();
      Dispatcher _ =
          world.dispatcher.onStream(
              SPECIAL,
              (request, exchange, bulk) -> {
                boolean _ = effects.add("begun");
                try {
                  drain(bulk);
                } catch (IOException e) {
                  boolean _ = effects.add("broken");
                  throw e;
                }
                boolean _ = effects.add("done");
                return Outcome.done(request);
              });
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 1);
      ByteBuffer out = bulk(2 * PIECE);
      try (Upload<EndpointMessage> upload = upload(world, client, "x", out)) {
        upload.send(out.slice(0, PIECE));
        world.await(() -> effects.contains("begun"));
        assertThat(client.slow(0)).hasSize(1);
      }
      assertThat(client.slow(0)).isEmpty();
      assertThat(world.echo(client, "next")).isEqualTo(done("next"));
      assertThat(effects).containsExactly("begun", "broken");
    }
  }

  @Test
  void aStreamCanBeBrokenOffFromOutside() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      AtomicReference<BulkStream> stream = new AtomicReference<>();
      AtomicReference<IOException> seen = new AtomicReference<>();
      Dispatcher _ =
          world.dispatcher.onStream(
              SPECIAL,
              (request, exchange, bulk) -> {
                stream.set(bulk);
                try {
                  drain(bulk);
                } catch (IOException e) {
                  seen.set(e);
                  throw e;
                }
                return Outcome.done(request);
              });
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 1);
      ByteBuffer out = bulk(2 * PIECE);
      try (Upload<EndpointMessage> upload = upload(world, client, "x", out)) {
        upload.send(out.slice(0, PIECE));
        world.await(() -> stream.get() != null);
        stream.get().breakOff();
        world.await(() -> seen.get() != null);
      }
    }
  }

  @Test
  void aHandlerThatIsDoneWithoutItsStreamIsBroken() {
    byte[] text = message("x").toByteArray();
    ByteBuffer payload = bulk(10);
    ByteBuffer frame = ByteBuffer.allocate(FrameHeader.BYTES + text.length + 10);
    new FrameHeader(
            FrameKind.REQUEST,
            SPECIAL.code(),
            1,
            text.length,
            10,
            FrameHeader.bulkCrc(payload),
            0,
            0,
            0,
            0,
            0)
        .encode(frame, ByteBuffer.wrap(text));
    ByteBuffer whole = frame.position(FrameHeader.BYTES).put(text).put(payload).flip();
    try (RpcWorld world = new RpcWorld()) {
      Dispatcher dispatcher =
          new Dispatcher().onStream(SPECIAL, (request, exchange, bulk) -> Outcome.done(request));
      BulkBuffers buffers = new BulkBuffers(world.ports.clock(), 1);
      RequestCycle cycle =
          new RequestCycle(dispatcher, buffers, world.ports.clock(), () -> 1, SECOND);
      MemoryConnection connection = new MemoryConnection(whole);
      assertThatThrownBy(
              () -> cycle.run(connection, new FrameBuffers(), new FrameFuzzTest.Anybody()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("without its bulk payload");
    }
  }
}
