package org.skep.runtime.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cluster.Endpoint;
import org.skep.linux.Descriptors;
import org.skep.linux.Sockets;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Listener;
import org.skep.runtime.port.Ports;
import org.skep.runtime.twin.NetworkContract;
import org.skep.runtime.twin.RecordingThreads;

/// The real network passes the contract, over TCP and over Unix sockets.
final class RealNetworkTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Ports PORTS = ports();

  private static Ports ports() {
    RealClock clock = new RealClock();
    RecordingThreads threads = new RecordingThreads();
    return new Ports(clock, new RealChance(), new RealNetwork(clock, threads), threads);
  }

  @Nested
  final class OverTcp extends NetworkContract {
    @Override
    protected Ports ports() {
      return PORTS;
    }

    @Override
    protected Endpoint freshEndpoint() {
      return new Endpoint.Tcp("127.0.0.1", 0);
    }

    @Test
    void aFreePortIsGivenOut() throws Exception {
      try (Listener listener = PORTS.network().listen(freshEndpoint())) {
        assertThat(((Endpoint.Tcp) listener.endpoint()).port()).isPositive();
      }
    }

    @Test
    void anUnknownHostIsNamed() {
      Endpoint nowhere = new Endpoint.Tcp("no-such-host.invalid", 1);
      assertThatThrownBy(() -> PORTS.network().connect(nowhere, SECOND))
          .hasMessage("no-such-host.invalid:1: no such host");
    }
  }

  @Nested
  final class OverUnixSockets extends NetworkContract {
    @TempDir Path directory;
    private final AtomicInteger sockets = new AtomicInteger();

    @Override
    protected Ports ports() {
      return PORTS;
    }

    @Override
    protected Endpoint freshEndpoint() {
      return new Endpoint.Unix(directory.resolve("s" + sockets.incrementAndGet()).toString());
    }

    @Test
    void aSocketFileOfADeadProcessIsReplacedAndRemovedAtTheEnd() throws Exception {
      Endpoint.Unix endpoint = (Endpoint.Unix) freshEndpoint();
      Path path = Path.of(endpoint.path());
      Descriptors.close(Sockets.listen(java.net.UnixDomainSocketAddress.of(path)));
      assertThat(path).exists();
      try (Listener listener = PORTS.network().listen(endpoint);
          Connection connection = PORTS.network().connect(listener.endpoint(), SECOND)) {
        assertThat(connection.peer()).contains(endpoint.path());
      }
      assertThat(path).doesNotExist();
    }

    @Test
    void aFileThatIsNoSocketIsLeftAlone() throws Exception {
      Endpoint.Unix endpoint = (Endpoint.Unix) freshEndpoint();
      Files.writeString(Path.of(endpoint.path()), "precious");
      assertThatThrownBy(() -> PORTS.network().listen(endpoint)).hasMessageContaining("in use");
      assertThat(Path.of(endpoint.path())).hasContent("precious");
    }
  }
}
