package org.skep.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.skep.runtime.rpc.RpcWorld.ECHO;
import static org.skep.runtime.rpc.RpcWorld.SECOND;
import static org.skep.runtime.rpc.RpcWorld.SECRET;
import static org.skep.runtime.rpc.RpcWorld.SPECIAL;
import static org.skep.runtime.rpc.RpcWorld.done;
import static org.skep.runtime.rpc.RpcWorld.message;
import static org.skep.runtime.rpc.RpcWorld.tcp;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.skep.linux.Errno;
import org.skep.wire.FrameKind;

/// No old copy of a request takes effect after its repetition was answered.
final class FenceTest {
  private static final long SHORT = 50_000_000L;

  /// Long enough for a request on an open connection to reach its handler on a busy machine.
  private static final long ARRIVES = 2 * SECOND;

  @Test
  void aHandlerThatIsStuckDelaysTheNextHelloOfItsClient() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      List<String> effects = new CopyOnWriteArrayList<>();
      AtomicReference<RpcServer> server = new AtomicReference<>();
      Dispatcher _ =
          world.dispatcher.on(
              SPECIAL,
              (request, exchange) -> {
                if (request.getHost().equals("stuck")) {
                  world.await(() -> !exchange.alive());
                  world.await(() -> server.get().fences().waitingCount() > 0);
                }
                boolean _ = effects.add(request.getHost());
                return Outcome.done(request);
              });
      server.set(world.serve(SECRET, ServerLimits.DEFAULT, tcp()));
      RpcClient client = world.client(SECRET, 7);
      assertThat(world.echo(client, "connected")).isEqualTo(done("connected"));
      assertThatThrownBy(() -> client.call(world.peer(), SPECIAL, message("stuck"), ARRIVES))
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(client.call(world.peer(), SPECIAL, message("repeated"), 20 * SECOND))
          .isEqualTo(done("repeated"));
      assertThat(effects).containsExactly("stuck", "repeated");
    }
  }

  @Test
  void aRequestOnAnOlderConnectionIsNotHandledAnyMore() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer server = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      try (RawClient old = new RawClient(world);
          RawClient other = new RawClient(world);
          RawClient newer = new RawClient(world)) {
        assertThat(old.shake(SECRET, 7, 1).header().kind()).isEqualTo(FrameKind.WELCOME);
        assertThat(other.shake(SECRET, 8, 1).header().kind()).isEqualTo(FrameKind.WELCOME);
        assertThat(newer.shake(SECRET, 7, 2).header().kind()).isEqualTo(FrameKind.WELCOME);
        assertThatThrownBy(
                () -> {
                  old.request(ECHO.code(), message("old"), null);
                  RawClient.Frame _ = old.receive();
                })
            .isInstanceOf(IOException.class);
        assertThat(world.handled).hasValue(0);
        other.request(ECHO.code(), message("other"), null);
        assertThat(other.receive().header().kind()).isEqualTo(FrameKind.REPLY);
        world.await(() -> server.connectionCount() == 2);
      }
    }
  }

  @Test
  void aSmallerFenceIsRefused() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      try (RawClient newer = new RawClient(world)) {
        assertThat(newer.shake(SECRET, 7, 2).header().kind()).isEqualTo(FrameKind.WELCOME);
      }
      try (RawClient old = new RawClient(world)) {
        assertThat(old.shake(SECRET, 7, 1).failure().getErrno()).isEqualTo(Errno.ESTALE.number());
      }
    }
  }

  @Test
  void aWrongProofFencesNobodyOff() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      try (RawClient victim = new RawClient(world);
          RawClient attacker = new RawClient(world)) {
        assertThat(victim.shake(SECRET, 7, 1).header().kind()).isEqualTo(FrameKind.WELCOME);
        RawClient.Frame refusal = attacker.shake(RpcWorld.secret("a guessed secret"), 7, 9);
        assertThat(refusal.header().kind()).isEqualTo(FrameKind.FAILURE);
        victim.request(ECHO.code(), message("still here"), null);
        assertThat(victim.receive().header().kind()).isEqualTo(FrameKind.REPLY);
      }
    }
  }

  @Test
  void aHandlerThatNeverReturnsMakesTheHelloFailInTime() throws Exception {
    ServerLimits limits = ServerLimits.DEFAULT.withTimes(10 * SECOND, SECOND, SHORT);
    try (RpcWorld world = new RpcWorld()) {
      AtomicReference<Boolean> release = new AtomicReference<>(false);
      Dispatcher _ =
          world.dispatcher.on(
              SPECIAL,
              (request, exchange) -> {
                world.await(release::get);
                return Outcome.done(request);
              });
      RpcServer _ = world.serve(SECRET, limits, tcp());
      RpcClient client = world.client(SECRET, 7);
      assertThat(world.echo(client, "connected")).isEqualTo(done("connected"));
      assertThatThrownBy(() -> client.call(world.peer(), SPECIAL, message("stuck"), ARRIVES))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> world.echo(client, "next"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("still being handled");
      release.set(true);
      world.await(() -> {
        try {
          return world.echo(client, "next").equals(done("next"));
        } catch (IOException e) {
          return false;
        }
      });
    }
  }
}
