package org.skep.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SocketsTest {
  @TempDir static Path directory;

  static Stream<SocketAddress> addresses() {
    return Stream.of(
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
        new InetSocketAddress(InetAddress.ofLiteral("::1"), 0),
        UnixDomainSocketAddress.of(directory.resolve("socket")));
  }

  @ParameterizedTest
  @MethodSource("addresses")
  void bytesTravelWholeAndInOrder(SocketAddress address) throws Exception {
    int listener = Sockets.listen(address);
    int client = Sockets.connect(Sockets.localAddress(listener), 2000);
    int server = Sockets.accept(listener);
    SocketOptions.receiveTimeout(server, 5000);
    try (ExecutorService executor = Executors.newSingleThreadExecutor();
        Arena arena = Arena.ofShared()) {
      MemorySegment sent = pattern(arena, 3 << 20);
      Future<?> sender =
          executor.submit(() -> {
            SocketData.send(client, sent.asSlice(0, 24), true);
            SocketData.send(
                client, new IoVector(3).add(sent.asSlice(24, 1000)).add(sent.asSlice(1024)), false);
            SocketData.send(client, sent.asSlice(0, 8).asByteBuffer(), false);
            Sockets.shutdown(client, Sockets.SHUT_WR);
            return null;
          });
      MemorySegment received = arena.allocate(3 << 20);
      assertThat(SocketData.receiveFully(server, received)).isEqualTo(3 << 20);
      assertThat(received.mismatch(sent)).isEqualTo(-1);
      ByteBuffer rest = ByteBuffer.allocateDirect(100);
      assertThat(SocketData.receiveFully(server, rest)).isEqualTo(8);
      assertThat(SocketData.receive(server, rest)).isZero();
      sender.get();
    }
    Descriptors.close(client);
    Descriptors.close(server);
    Descriptors.close(listener);
  }

  @Test
  void addressesAreToldAsTheyAre() throws Exception {
    int listener = Sockets.listen(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
    InetSocketAddress bound = (InetSocketAddress) Sockets.localAddress(listener);
    int client = Sockets.connect(bound, 1000);
    assertThat(Sockets.peerAddress(client)).isEqualTo(bound);
    int server = Sockets.accept(listener);
    assertThat(Sockets.peerAddress(server)).isEqualTo(Sockets.localAddress(client));
    for (int socket : new int[] {client, server, listener}) {
      Descriptors.close(socket);
    }
    assertThatThrownBy(() -> Sockets.connect(bound, 1000))
        .isInstanceOfSatisfying(
            SystemCallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ECONNREFUSED));
  }

  @Test
  void optionsOfTcpAreKnownToTheKernel() throws Exception {
    int listener = Sockets.listen(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
    int client = Sockets.connect(Sockets.localAddress(listener), 1000);
    SocketOptions.noDelay(client, true);
    SocketOptions.quickAcknowledge(client, true);
    SocketOptions.keepAlive(client, 10, 5, 3);
    SocketOptions.userTimeout(client, 30_000);
    SocketOptions.receiveBuffer(client, 1 << 17);
    SocketOptions.sendBuffer(client, 1 << 17);
    SocketOptions.sendTimeout(client, 1500);
    assertThat(SocketOptions.takeError(client)).isZero();
    assertThat(Sockets.poll(client, 4, 0)).isEqualTo(4);
    assertThat(Sockets.poll(client, 1, 0)).isZero();
    Descriptors.close(client);
    Descriptors.close(listener);
  }

  @Test
  void aUnixPathThatDoesNotFitIsRefused() {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of("/tmp/" + "x".repeat(103));
    assertThatThrownBy(() -> Sockets.listen(address))
        .isInstanceOfSatisfying(
            SystemCallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENAMETOOLONG));
  }

  @Test
  void aReceiveThatTimesOutSaysSo() throws Exception {
    int[] pair = Sockets.pair();
    SocketOptions.receiveTimeout(pair[0], 1);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(8);
      assertThatThrownBy(() -> SocketData.receiveFully(pair[0], target))
          .isInstanceOfSatisfying(
              SystemCallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EAGAIN));
      assertThat(SocketData.tryReceiveNow(pair[0], target)).isEqualTo(-Errno.EAGAIN.number());
    }
    Descriptors.close(pair[1]);
    Descriptors.close(pair[0]);
  }

  @Test
  void aPeerThatIsGoneIsAnErrorAndNoSignal() throws Exception {
    int[] pair = Sockets.pair();
    Descriptors.close(pair[1]);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocate(8);
      assertThatThrownBy(() -> SocketData.send(pair[0], source, false))
          .isInstanceOfSatisfying(
              SystemCallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPIPE));
    }
    Descriptors.close(pair[0]);
  }

  @Test
  void shutdownWakesABlockedAccept() throws Exception {
    int listener = Sockets.listen(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
    try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
      Future<Errno> waiting =
          executor.submit(() -> {
            try {
              Sockets.accept(listener);
              return null;
            } catch (SystemCallException e) {
              return e.errno();
            }
          });
      Sockets.shutdown(listener, Sockets.SHUT_RDWR);
      assertThat(waiting.get()).isEqualTo(Errno.EINVAL);
    }
    Descriptors.close(listener);
  }

  @Test
  void aDescriptorTravelsWithItsOpenFile() throws Exception {
    int[] pair = Sockets.pair();
    int[] pipe = Descriptors.pipe(0);
    SocketData.sendDescriptor(pair[0], pipe[1]);
    Descriptors.close(pipe[1]);
    int received = SocketData.receiveDescriptor(pair[1]);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = pattern(arena, 16);
      Descriptors.writeFully(received, bytes);
      MemorySegment target = arena.allocate(16);
      assertThat(Descriptors.read(pipe[0], target)).isEqualTo(16);
      assertThat(target.mismatch(bytes)).isEqualTo(-1);
    }
    Descriptors.close(pair[0]);
    assertThat(SocketData.receiveDescriptor(pair[1])).isEqualTo(-1);
    for (int descriptor : new int[] {pair[1], pipe[0], received}) {
      Descriptors.close(descriptor);
    }
  }

  @Test
  void thePeerOfAUnixSocketIsKnown() throws Exception {
    int[] pair = Sockets.pair();
    assertThat(SocketOptions.peerCredentials(pair[0]).pid())
        .isEqualTo((int) ProcessHandle.current().pid());
    Descriptors.close(pair[0]);
    Descriptors.close(pair[1]);
  }

  @Test
  void epollReportsWhatIsReadyWithItsData() throws Exception {
    try (Epoll epoll = new Epoll();
        EventDescriptor event = new EventDescriptor()) {
      Epoll.Events events = new Epoll.Events(4);
      epoll.add(event.descriptor(), Epoll.EPOLLIN | Epoll.EPOLLONESHOT, 0x1234_5678_9abcL);
      assertThat(epoll.await(events, 0)).isZero();
      event.signal();
      assertThat(epoll.await(events, 1000)).isOne();
      assertThat(events.data(0)).isEqualTo(0x1234_5678_9abcL);
      assertThat(events.events(0)).isEqualTo(Epoll.EPOLLIN);
      assertThat(epoll.await(events, 0)).as("one shot").isZero();
      epoll.modify(event.descriptor(), Epoll.EPOLLIN, 7);
      assertThat(epoll.await(events, 0)).isOne();
      event.drain();
      assertThat(epoll.await(events, 0)).isZero();
      epoll.remove(event.descriptor());
    }
  }

  private static MemorySegment pattern(Arena arena, int bytes) {
    MemorySegment segment = arena.allocate(bytes);
    for (int i = 0; i < bytes; i++) {
      segment.set(JAVA_BYTE, i, (byte) (i * 31 + (i >> 8)));
    }
    return segment;
  }
}
