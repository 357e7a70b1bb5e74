package org.skep.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.skep.runtime.rpc.RpcWorld.ECHO;
import static org.skep.runtime.rpc.RpcWorld.PEER_ECHO;
import static org.skep.runtime.rpc.RpcWorld.SECOND;
import static org.skep.runtime.rpc.RpcWorld.SECRET;
import static org.skep.runtime.rpc.RpcWorld.SPECIAL;
import static org.skep.runtime.rpc.RpcWorld.done;
import static org.skep.runtime.rpc.RpcWorld.message;
import static org.skep.runtime.rpc.RpcWorld.tcp;

import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Clock;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.message.EndpointMessage;
import org.skep.wire.message.HelloMessage;
import org.skep.wire.message.Kind;

/// What a primary forwards to its secondary never waits for other requests of servers, which may
/// wait for just that.
@Timeout(60)
final class ForwardedTest {
  private static final RequestHeader FORWARDED =
      new RequestHeader(7, 9, FrameHeader.FLAG_FORWARDED, 0, 0);
  private static final int THREADS = 2;
  private static final ServerLimits LIMITS =
      new ServerLimits(
          100, 50, 10 * SECOND, SECOND, 30 * SECOND, 4, THREADS, THREADS, THREADS, SECOND);

  /// Two servers ask each other for something that each of them must forward to the other, with as
  /// many requests at a time as they have threads for servers, or connections.
  private static int answered(RpcWorld a, RpcWorld b, int connectionsMax) throws Exception {
    RpcClient ofA = b.client(SECRET, 1, NodeKind.METADATA, "", connectionsMax);
    RpcClient ofB = a.client(SECRET, 2, NodeKind.METADATA, "", connectionsMax);
    CountDownLatch all = new CountDownLatch(2 * THREADS);
    Dispatcher _ = a.dispatcher.on(SPECIAL, (q, _) -> forward(all, ofA, b.peer(), q.getHost()));
    Dispatcher _ = b.dispatcher.on(SPECIAL, (q, _) -> forward(all, ofB, a.peer(), q.getHost()));
    RpcServer _ = a.serve(SECRET, LIMITS, tcp());
    RpcServer _ = b.serve(SECRET, LIMITS, tcp());
    AtomicInteger answered = new AtomicInteger();
    AtomicInteger failed = new AtomicInteger();
    for (int i = 0; i < THREADS; i++) {
      Thread _ = a.threads.start("of-a", () -> ask(ofA, b.peer(), answered, failed));
      Thread _ = b.threads.start("of-b", () -> ask(ofB, a.peer(), answered, failed));
    }
    a.await(() -> answered.get() + failed.get() == 2 * THREADS);
    return answered.get();
  }

  private static Outcome<EndpointMessage> forward(
      CountDownLatch all, RpcClient client, Peer buddy, String text) {
    all.countDown();
    try {
      all.await();
      assertThat(client.call(buddy, PEER_ECHO, message(text), FORWARDED, null, null, 5 * SECOND))
          .isEqualTo(done(text));
      return Outcome.done(message(text));
    } catch (IOException | InterruptedException e) {
      return Outcome.refused(Failure.retry(e.toString()));
    }
  }

  private static void ask(RpcClient client, Peer of, AtomicInteger answered, AtomicInteger failed) {
    try {
      boolean done = client.call(of, SPECIAL, message("x"), 10 * SECOND).equals(done("x"));
      int _ = (done ? answered : failed).incrementAndGet();
    } catch (IOException e) {
      int _ = failed.incrementAndGet();
    }
  }

  @Test
  void serversWhoseThreadsAllForwardToEachOtherGoOn() throws Exception {
    try (RpcWorld a = new RpcWorld();
        RpcWorld b = new RpcWorld()) {
      assertThat(answered(a, b, RpcClient.Settings.CONNECTIONS_MAX)).isEqualTo(2 * THREADS);
    }
  }

  @Test
  void whatIsForwardedHasConnectionsOfItsOwn() throws Exception {
    try (RpcWorld a = new RpcWorld();
        RpcWorld b = new RpcWorld()) {
      assertThat(answered(a, b, THREADS)).isEqualTo(2 * THREADS);
    }
  }

  @Test
  void aLostRequestDoesNotEndWhatIsForwarded() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      CountDownLatch release = new CountDownLatch(1);
      Dispatcher _ =
          world.dispatcher.on(
              SPECIAL,
              (q, _) -> {
                world.await(() -> release.getCount() == 0);
                return Outcome.done(q);
              });
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 1, NodeKind.METADATA, "", 8);
      AtomicInteger answered = new AtomicInteger();
      AtomicInteger failed = new AtomicInteger();
      Thread _ =
          world.threads.start(
              "forwards",
              () -> {
                try {
                  Object answer =
                      client.call(
                          world.peer(), SPECIAL, message("f"), FORWARDED, null, null, 20 * SECOND);
                  assertThat(answer).isEqualTo(done("f"));
                  int _ = answered.incrementAndGet();
                } catch (IOException e) {
                  int _ = failed.incrementAndGet();
                }
              });
      world.await(() -> client.slow(0).size() == 1);
      // Raises the fence of the client's other connections.
      assertThatThrownBy(() -> client.call(world.peer(), SPECIAL, message("lost"), 20_000_000))
          .isInstanceOf(IOException.class);
      release.countDown();
      assertThat(client.call(world.peer(), ECHO, message("x"), 20 * SECOND)).isEqualTo(done("x"));
      world.await(() -> answered.get() + failed.get() == 1);
      assertThat(answered.get()).isEqualTo(1);
    }
  }

  @Test
  void aProcessThatIsDeclaredGoneIsNotWaitedForByWhatIsForwardedEither() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      CountDownLatch release = new CountDownLatch(1);
      Dispatcher _ =
          world.dispatcher.on(
              SPECIAL,
              (q, _) -> {
                world.await(() -> release.getCount() == 0);
                return Outcome.done(q);
              });
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 1, NodeKind.METADATA, "", 8);
      Clock clock = world.ports.clock();
      Peer peer = world.peer();
      AtomicInteger failed = new AtomicInteger();
      Thread _ =
          world.threads.start(
              "forwards",
              () -> {
                try {
                  Object _ =
                      client.call(peer, SPECIAL, message("f"), FORWARDED, null, null, 20 * SECOND);
                } catch (IOException e) {
                  int _ = failed.incrementAndGet();
                }
              });
      world.await(() -> client.slow(0).size() == 1);
      long start = clock.nanoTime();
      client.drop(peer.kind(), peer.id(), peer.incarnation());
      world.await(() -> failed.get() == 1);
      assertThat(clock.nanoTime() - start).isLessThan(10 * SECOND);
      release.countDown();
    }
  }

  @Test
  void aConnectionForForwardedRequestsTakesNoOthersAndIsForServersOnly() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      try (RawClient raw = new RawClient(world)) {
        HelloMessage hello = RawClient.hello(1, 1).toBuilder().setForwards(true).build();
        raw.send(FrameKind.HELLO, hello);
        assertThatThrownBy(raw::receive).isInstanceOf(EOFException.class);
      }
      try (RawClient raw = new RawClient(world)) {
        HelloMessage hello =
            RawClient.hello(1, 1).toBuilder().setRole(Kind.METADATA).setForwards(true).build();
        raw.send(FrameKind.HELLO, hello);
        raw.send(FrameKind.PROOF, RawClient.proof(SECRET, hello, raw.receive().message()));
        assertThat(raw.receive().header().kind()).isEqualTo(FrameKind.WELCOME);
        raw.request(ECHO.code(), message("x"), null);
        assertThatThrownBy(raw::receive).isInstanceOf(EOFException.class);
      }
      assertThat(world.handled).hasValue(0);
    }
  }
}
