package org.skep.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.skep.runtime.rpc.RpcWorld.INCARNATION;
import static org.skep.runtime.rpc.RpcWorld.SECOND;
import static org.skep.runtime.rpc.RpcWorld.SECRET;
import static org.skep.runtime.rpc.RpcWorld.SPECIAL;
import static org.skep.runtime.rpc.RpcWorld.done;
import static org.skep.runtime.rpc.RpcWorld.message;
import static org.skep.runtime.rpc.RpcWorld.tcp;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Listener;
import org.skep.wire.message.EndpointMessage;

/// Requests that nobody waits for any more: at processes that are gone, and reads elsewhere.
final class DropTest {
  private static final long MINUTE = 60 * SECOND;

  /// A server whose handler waits for its release when asked "stuck".
  private static AtomicReference<Boolean> serveStuck(RpcWorld world, AtomicInteger begun)
      throws IOException {
    AtomicReference<Boolean> release = new AtomicReference<>(false);
    Dispatcher _ =
        world.dispatcher.on(
            SPECIAL,
            (request, exchange) -> {
              if (request.getHost().equals("stuck")) {
                int _ = begun.incrementAndGet();
                world.await(release::get);
              }
              return Outcome.done(request);
            });
    RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
    return release;
  }

  private static AtomicReference<IOException> askInBackground(
      RpcWorld world, RpcClient client, Peer peer) {
    AtomicReference<IOException> failure = new AtomicReference<>();
    Thread _ =
        world.threads.start(
            "ask",
            () -> {
              try {
                Object _ = client.call(peer, SPECIAL, message("stuck"), MINUTE);
              } catch (IOException e) {
                failure.set(e);
              }
            });
    return failure;
  }

  @Test
  void requestsAtADroppedProcessEndAndNewOnesAreRefusedForASecond() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      AtomicInteger begun = new AtomicInteger();
      AtomicReference<Boolean> release = serveStuck(world, begun);
      RpcClient client = world.client(SECRET, 1);
      AtomicReference<IOException> failure = askInBackground(world, client, world.peer());
      world.await(() -> begun.get() == 1);
      client.drop(NodeKind.STORAGE, 1, INCARNATION + 1);
      assertThat(failure.get()).isNull();
      client.drop(NodeKind.STORAGE, 1, INCARNATION);
      world.await(() -> failure.get() != null);
      assertThatThrownBy(() -> world.echo(client, "too early"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("declared gone");
      release.set(true);
      world.await(() -> {
        try {
          return world.echo(client, "back").equals(done("back"));
        } catch (IOException e) {
          return false;
        }
      });
    }
  }

  /// The system accepts, the process does not answer: it is stopped.
  @Test
  void aConnectionInItsHandshakeEndsToo() throws Exception {
    try (RpcWorld world = new RpcWorld();
        Listener listener = world.ports.network().listen(tcp())) {
      RpcClient client = world.client(SECRET, 1);
      Peer stopped = new Peer(NodeKind.STORAGE, 3, 9, "elsewhere", List.of(listener.endpoint()));
      AtomicReference<IOException> connecting = askInBackground(world, client, stopped);
      AtomicReference<IOException> waiting = askInBackground(world, client, stopped);
      try (var accepted = listener.accept()) {
        assertThat(accepted.awaitReadable(20 * SECOND)).isTrue();
        client.drop(NodeKind.STORAGE, 3, 9);
        world.await(() -> connecting.get() != null && waiting.get() != null);
      }
    }
  }

  @Test
  void aProcessThatWasNeverAskedCanBeDropped() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient client = world.client(SECRET, 1);
      client.drop(NodeKind.STORAGE, 1, INCARNATION);
      assertThatThrownBy(() -> world.echo(client, "too early"))
          .hasMessageContaining("declared gone");
      client.close();
      client.drop(NodeKind.STORAGE, 1, INCARNATION);
    }
  }

  @Test
  void aReadThatIsGivenUpLeavesOtherRequestsAlone() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      AtomicInteger begun = new AtomicInteger();
      AtomicReference<Boolean> release = serveStuck(world, begun);
      RpcClient client = world.client(SECRET, 1);
      AtomicReference<IOException> failure = askInBackground(world, client, world.peer());
      world.await(() -> begun.get() == 1);
      ByteBuffer in = ByteBuffer.allocateDirect(10);
      EndpointMessage stuck = message("stuck");
      assertThatThrownBy(() ->
              client.read(world.peer(), SPECIAL, stuck, RequestHeader.PROCESS, in, 2 * SECOND))
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(begun.get()).isEqualTo(2);
      assertThat(world.echo(client, "meanwhile")).isEqualTo(done("meanwhile"));
      release.set(true);
      world.await(() -> client.slow(0).isEmpty());
      assertThat(failure.get()).isNull();
    }
  }
}
