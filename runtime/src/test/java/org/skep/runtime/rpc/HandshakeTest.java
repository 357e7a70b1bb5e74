package org.skep.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.skep.runtime.rpc.RpcWorld.ECHO;
import static org.skep.runtime.rpc.RpcWorld.SECOND;
import static org.skep.runtime.rpc.RpcWorld.SECRET;
import static org.skep.runtime.rpc.RpcWorld.done;
import static org.skep.runtime.rpc.RpcWorld.message;
import static org.skep.runtime.rpc.RpcWorld.tcp;

import com.google.protobuf.ByteString;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.wire.FrameKind;
import org.skep.wire.message.HelloMessage;

/// Who may talk to a server, and that nobody else has any effect.
final class HandshakeTest {

  @Test
  void theSameSecretIsWelcome() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      assertThat(world.echo(world.client(SECRET, 1), "hi")).isEqualTo(done("hi"));
    }
  }

  @Test
  void withoutAuthenticationOnBothSidesAllAreWelcome() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(null, ServerLimits.DEFAULT, tcp());
      assertThat(world.echo(world.client(null, 1), "hi")).isEqualTo(done("hi"));
    }
  }

  @Test
  void anotherSecretIsRefusedByBothSides() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient wrong = world.client(RpcWorld.secret("another secret!!"), 1);
      assertThatThrownBy(() -> world.echo(wrong, "hi"))
          .isInstanceOf(RefusedHandshakeException.class)
          .hasMessageContaining("another secret");
      try (RawClient raw = new RawClient(world)) {
        RawClient.Frame answer = raw.shake(RpcWorld.secret("another secret!!"), 1, 1);
        assertThat(answer.header().kind()).isEqualTo(FrameKind.FAILURE);
        assertThat(answer.failure().getDetail()).contains("proof is wrong");
      }
      assertThat(world.handled).hasValue(0);
    }
  }

  @Test
  void authenticationOnOneSideOnlyIsRefused() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient open = world.client(null, 1);
      assertThatThrownBy(() -> world.echo(open, "hi"))
          .isInstanceOf(RefusedHandshakeException.class)
          .hasMessageContaining("asks for a secret");
    }
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(null, ServerLimits.DEFAULT, tcp());
      RpcClient careful = world.client(SECRET, 1);
      assertThatThrownBy(() -> world.echo(careful, "hi"))
          .isInstanceOf(RefusedHandshakeException.class)
          .hasMessageContaining("switched off");
    }
  }

  @Test
  void aReplayedProofIsWorthNothing() throws Exception {
    try (RpcWorld world = new RpcWorld();
        AutoCloseable _ = closing(world.serve(SECRET, ServerLimits.DEFAULT, tcp()));
        RawClient good = new RawClient(world);
        RawClient replay = new RawClient(world)) {
      HelloMessage hello = RawClient.hello(9, 1);
      good.send(FrameKind.HELLO, hello);
      ByteString challenge = good.receive().message();
      good.send(FrameKind.PROOF, RawClient.proof(SECRET, hello, challenge));
      assertThat(good.receive().header().kind()).isEqualTo(FrameKind.WELCOME);
      replay.send(FrameKind.HELLO, hello);
      assertThat(replay.receive().header().kind()).isEqualTo(FrameKind.CHALLENGE);
      replay.send(FrameKind.PROOF, RawClient.proof(SECRET, hello, challenge));
      assertThat(replay.receive().header().kind()).isEqualTo(FrameKind.FAILURE);
    }
  }

  private static AutoCloseable closing(RpcServer server) {
    return server::stop;
  }

  @Test
  void versionsThatDoNotOverlapAreNamed() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      try (RawClient raw = new RawClient(world)) {
        HelloMessage hello = RawClient.hello(1, 1);
        raw.send(FrameKind.HELLO, hello.toBuilder().setVersionMin(2).setVersionMax(3).build());
        assertThat(raw.receive().failure().getDetail())
            .isEqualTo("protocol versions 2 to 3 are asked for, 1 to 1 are spoken here");
      }
      try (RawClient raw = new RawClient(world)) {
        HelloMessage hello = RawClient.hello(1, 1);
        raw.send(FrameKind.HELLO, hello.toBuilder().setVersionMax(9).build());
        assertThat(raw.receive().header().kind()).isEqualTo(FrameKind.CHALLENGE);
      }
    }
  }

  @Test
  void anotherClusterIsRefused() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      RpcClient stranger = world.client(SECRET, 1, NodeKind.CLIENT, "cluster-b", 1);
      assertThatThrownBy(() -> world.echo(stranger, "hi"))
          .isInstanceOf(RefusedHandshakeException.class)
          .hasMessageContaining("another cluster");
    }
  }

  @Test
  void anotherProcessAtTheAddressIsAFailedConnection() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      Peer gone = new Peer(NodeKind.STORAGE, 1, 76, "", List.of(world.endpoint()));
      RpcClient client = world.client(SECRET, 1);
      assertThatThrownBy(() -> client.call(gone, ECHO, message("hi"), SECOND))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another process");
      assertThat(world.handled).hasValue(0);
    }
  }

  @Test
  void aRequestBeforeTheHandshakeHasNoEffect() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      for (boolean afterHello : new boolean[] {false, true}) {
        try (RawClient raw = new RawClient(world)) {
          if (afterHello) {
            raw.send(FrameKind.HELLO, RawClient.hello(1, 1));
            assertThat(raw.receive().header().kind()).isEqualTo(FrameKind.CHALLENGE);
          }
          raw.request(ECHO.code(), message("hi"), ByteBuffer.allocate(0));
          assertThatThrownBy(raw::receive).isInstanceOf(EOFException.class);
        }
      }
      assertThat(world.handled).hasValue(0);
    }
  }

  @Test
  void aLargeMessageBeforeTheHandshakeIsNotRead() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT, tcp());
      try (RawClient raw = new RawClient(world)) {
        HelloMessage hello = RawClient.hello(1, 1);
        raw.send(FrameKind.HELLO, hello.toBuilder().setClusterId("x".repeat(1024)).build());
        assertThatThrownBy(raw::receive).isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void aSlowHandshakeIsDropped() throws Exception {
    ServerLimits limits = ServerLimits.DEFAULT.withTimes(50_000_000, 10_000_000, SECOND);
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, limits, tcp());
      try (RawClient raw = new RawClient(world)) {
        assertThatThrownBy(raw::receive).isInstanceOf(EOFException.class);
      }
    }
  }

  @Test
  void theOldestHandshakeMakesRoomForANewOne() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT.withCounts(100, 2, 8), tcp());
      try (RawClient first = new RawClient(world);
          RawClient second = new RawClient(world);
          RawClient third = new RawClient(world)) {
        assertThatThrownBy(first::receive).isInstanceOf(IOException.class);
        assertThat(second.shake(SECRET, 1, 1).header().kind()).isEqualTo(FrameKind.WELCOME);
        assertThat(third.shake(SECRET, 2, 1).header().kind()).isEqualTo(FrameKind.WELCOME);
      }
    }
  }

  @Test
  void beyondTheLimitConnectionsAreClosed() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      RpcServer _ = world.serve(SECRET, ServerLimits.DEFAULT.withCounts(1, 2, 8), tcp());
      try (RawClient first = new RawClient(world)) {
        assertThat(first.shake(SECRET, 1, 1).header().kind()).isEqualTo(FrameKind.WELCOME);
        try (RawClient second = new RawClient(world)) {
          assertThatThrownBy(() -> second.shake(SECRET, 2, 1)).isInstanceOf(IOException.class);
        }
      }
    }
  }

  @Test
  void aPortInUseIsSaidClearly() throws Exception {
    try (RpcWorld world = new RpcWorld()) {
      Endpoint taken = world.serve(SECRET, ServerLimits.DEFAULT, tcp()).endpoints().getFirst();
      try (RpcWorld other = new RpcWorld()) {
        assertThatThrownBy(() -> other.serve(SECRET, ServerLimits.DEFAULT, taken))
            .hasMessage("can't listen on " + taken + ": Address already in use");
      }
    }
  }
}
