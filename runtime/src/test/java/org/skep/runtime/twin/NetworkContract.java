package org.skep.runtime.twin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Endpoint;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Listener;
import org.skep.runtime.port.Network;
import org.skep.runtime.port.Ports;

/// What every [Network] does; the real one and its twins pass it.
public abstract class NetworkContract {
  private static final long SECOND = 1_000_000_000L;
  private static final long SHORT = 30_000_000L;

  /// The ports whose network is tested.
  protected abstract Ports ports();

  /// Where nobody has listened yet.
  protected abstract Endpoint freshEndpoint();

  /// What a test does.
  @FunctionalInterface
  protected interface Scenario {
    void run() throws Exception;
  }

  /// Runs it where the ports may be used; the simulation has its own thread for that.
  protected void inWorld(Scenario scenario) throws Exception {
    scenario.run();
  }

  /// Both ends of a connection.
  protected record Pair(Listener listener, Connection client, Connection server)
      implements AutoCloseable {
    @Override
    public void close() throws IOException {
      client.close();
      server.close();
      listener.close();
    }
  }

  /// A result that another thread delivers.
  protected final class Parcel<T> {
    private final Gate gate = new Gate(ports().clock());
    private T content;

    void put(T value) {
      gate.lock();
      try {
        content = value;
        gate.signalAll();
      } finally {
        gate.unlock();
      }
    }

    T await() throws InterruptedException {
      long end = ports().clock().nanoTime() + 20 * SECOND;
      gate.lock();
      try {
        while (content == null && ports().clock().nanoTime() < end) {
          long _ = gate.awaitNanos(end - ports().clock().nanoTime());
        }
        assertThat(content).as("delivered in time").isNotNull();
        return content;
      } finally {
        gate.unlock();
      }
    }
  }

  /// What a call of another thread gave: its exception, or "done".
  private Parcel<Object> inBackground(Scenario scenario) {
    Parcel<Object> parcel = new Parcel<>();
    Thread _ =
        ports()
            .threads()
            .start(
                "contract",
                () -> {
                  try {
                    scenario.run();
                    parcel.put("done");
                  } catch (Exception e) {
                    parcel.put(e);
                  }
                });
    return parcel;
  }

  private Pair connected() throws Exception {
    Listener listener = ports().network().listen(freshEndpoint());
    Parcel<Connection> accepted = new Parcel<>();
    Parcel<Object> done = inBackground(() -> accepted.put(listener.accept()));
    Connection client = ports().network().connect(listener.endpoint(), 5 * SECOND);
    assertThat(done.await()).isEqualTo("done");
    return new Pair(listener, client, accepted.await());
  }

  private static ByteBuffer bytes(int count, boolean direct) {
    byte[] content = new byte[count];
    new Random(count).nextBytes(content);
    ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(count) : ByteBuffer.allocate(count);
    return buffer.put(content).flip();
  }

  @Test
  void gatheredBytesArriveInOrderWhateverTheMemory() throws Exception {
    inWorld(() -> {
      try (Pair pair = connected()) {
        ByteBuffer[] pieces = {
          bytes(64, true),
          bytes(300_001, false),
          bytes(0, true),
          bytes(1 << 20, true),
          bytes(7, false)
        };
        ByteBuffer expected = ByteBuffer.allocate(64 + 300_001 + (1 << 20) + 7);
        for (ByteBuffer piece : pieces) {
          expected.put(piece.duplicate());
        }
        Parcel<Object> sent = inBackground(() -> pair.client().writeFully(pieces));
        ByteBuffer direct = ByteBuffer.allocateDirect(500_000);
        ByteBuffer heap = ByteBuffer.allocate(expected.capacity() - 500_000);
        pair.server().readFully(direct);
        pair.server().readFully(heap);
        assertThat(sent.await()).isEqualTo("done");
        assertThat(pieces).allSatisfy(piece -> assertThat(piece.hasRemaining()).isFalse());
        ByteBuffer received = ByteBuffer.allocate(expected.capacity());
        received.put(direct.flip()).put(heap.flip());
        assertThat(received.array()).isEqualTo(expected.array());
      }
    });
  }

  @Test
  void theEndOfTheStreamIsAnEofAlsoInTheMiddle() throws Exception {
    inWorld(() -> {
      try (Pair pair = connected()) {
        pair.client().writeFully(bytes(3, true));
        pair.client().close();
        ByteBuffer into = ByteBuffer.allocateDirect(4);
        assertThatThrownBy(() -> pair.server().readFully(into)).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> pair.server().readFully(into)).isInstanceOf(EOFException.class);
      }
    });
  }

  @Test
  void aReadThatTimesOutGoesOnWhereItWas() throws Exception {
    inWorld(() -> {
      try (Pair pair = connected()) {
        pair.server().setTimeoutNanos(SHORT);
        pair.client().writeFully(bytes(3, true));
        ByteBuffer into = ByteBuffer.allocateDirect(5);
        assertThatThrownBy(() -> pair.server().readFully(into))
            .isInstanceOf(SocketTimeoutException.class);
        assertThat(into.position()).isEqualTo(3);
        pair.client().writeFully(bytes(2, true));
        pair.server().readFully(into);
        assertThat(into.hasRemaining()).isFalse();
      }
    });
  }

  @Test
  void aWriteThatNobodyTakesTimesOutAndGoesOnWhereItWas() throws Exception {
    inWorld(() -> {
      try (Pair pair = connected()) {
        pair.client().setTimeoutNanos(SHORT);
        ByteBuffer large = bytes(64 << 20, true);
        assertThatThrownBy(() -> pair.client().writeFully(large))
            .isInstanceOf(SocketTimeoutException.class);
        assertThat(large.remaining()).isPositive();
        ByteBuffer into = ByteBuffer.allocate(large.capacity());
        Parcel<Object> read = inBackground(() -> pair.server().readFully(into));
        pair.client().setTimeoutNanos(0);
        pair.client().writeFully(large);
        assertThat(read.await()).isEqualTo("done");
        assertThat(into.flip()).isEqualTo(large.flip());
      }
    });
  }

  @Test
  void closingEndsTheReadOfAnotherThread() throws Exception {
    inWorld(() -> {
      try (Pair pair = connected()) {
        Parcel<Object> read =
            inBackground(() -> pair.server().readFully(ByteBuffer.allocateDirect(1)));
        pair.server().close();
        assertThat(read.await()).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> pair.server().awaitReadable(0)).isInstanceOf(IOException.class);
      }
    });
  }

  @Test
  void closingTheListenerEndsItsAccept() throws Exception {
    inWorld(() -> {
      Listener listener = ports().network().listen(freshEndpoint());
      Parcel<Object> accept = inBackground(() -> listener.accept().close());
      listener.close();
      assertThat(accept.await()).isInstanceOf(IOException.class);
    });
  }

  @Test
  void whereNobodyListensTheConnectionIsRefused() throws Exception {
    inWorld(() -> {
      Listener listener = ports().network().listen(freshEndpoint());
      Endpoint endpoint = listener.endpoint();
      listener.close();
      assertThatThrownBy(() -> ports().network().connect(endpoint, SECOND))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(endpoint.toString());
      if (endpoint instanceof Endpoint.Tcp) {
        assertThatThrownBy(() -> ports().network().connect(endpoint, SECOND))
            .isInstanceOf(Network.RefusedException.class);
      }
    });
  }

  @Test
  void anEndpointInUseIsNamed() throws Exception {
    inWorld(() -> {
      try (Listener listener = ports().network().listen(freshEndpoint())) {
        assertThatThrownBy(() -> ports().network().listen(listener.endpoint()))
            .isInstanceOf(IOException.class)
            .hasMessageContaining(listener.endpoint().toString())
            .hasMessageContaining("in use");
      }
    });
  }

  @Test
  void readableIsAwaitedForATime() throws Exception {
    inWorld(() -> {
      try (Pair pair = connected()) {
        assertThat(pair.server().awaitReadable(SHORT)).isFalse();
        pair.client().writeFully(bytes(1, true));
        assertThat(pair.server().awaitReadable(20 * SECOND)).isTrue();
        pair.server().readFully(ByteBuffer.allocateDirect(1));
        assertThat(pair.server().awaitReadable(0)).isFalse();
        pair.client().close();
        assertThat(pair.server().awaitReadable(20 * SECOND)).isTrue();
      }
    });
  }

  @Test
  void aParkedConnectionWakesOnceForEachTimeItIsParked() throws Exception {
    inWorld(() -> {
      try (Pair pair = connected()) {
        AtomicInteger wakes = new AtomicInteger();
        for (int round = 1; round <= 3; round++) {
          Parcel<Object> woken = new Parcel<>();
          pair.server()
              .whenReadable(() -> {
                int _ = wakes.incrementAndGet();
                woken.put("woken");
              });
          pair.client().writeFully(bytes(round, true));
          assertThat(woken.await()).isEqualTo("woken");
          pair.server().readFully(ByteBuffer.allocateDirect(round));
          assertThat(wakes).hasValue(round);
        }
      }
    });
  }

  @Test
  void aParkedConnectionWakesWhenEitherSideCloses() throws Exception {
    inWorld(() -> {
      try (Pair pair = connected()) {
        Parcel<Object> serverWoken = new Parcel<>();
        Parcel<Object> clientWoken = new Parcel<>();
        pair.server().whenReadable(() -> serverWoken.put("woken"));
        pair.client().whenReadable(() -> clientWoken.put("woken"));
        pair.client().close();
        assertThat(clientWoken.await()).isEqualTo("woken");
        assertThat(serverWoken.await()).isEqualTo("woken");
        assertThatThrownBy(() -> pair.server().readFully(ByteBuffer.allocateDirect(1)))
            .isInstanceOf(EOFException.class);
      }
    });
  }

  @Test
  void whatComesBeforeParkingWakesAtOnce() throws Exception {
    inWorld(() -> {
      try (Pair pair = connected()) {
        pair.client().writeFully(bytes(1, true));
        Parcel<Object> woken = new Parcel<>();
        pair.server().whenReadable(() -> woken.put("woken"));
        assertThat(woken.await()).isEqualTo("woken");
      }
    });
  }
}
