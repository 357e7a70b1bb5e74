package org.skep.runtime.real;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Endpoint;
import org.skep.linux.Descriptors;
import org.skep.linux.Errno;
import org.skep.linux.SocketOptions;
import org.skep.linux.Sockets;
import org.skep.linux.SystemCallException;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Listener;
import org.skep.runtime.port.Network;
import org.skep.runtime.port.Threads;

/// This host's network: TCP and Unix stream sockets.
///
/// A TCP peer whose host is gone is noticed after about 11 s (keep-alive) while we wait for it, and
/// after 30 s while it owes us an acknowledgement.
public final class RealNetwork implements Network {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");
  private static final int PROBE_MILLIS = 1000;
  private static final int KEEP_IDLE_SECONDS = 5;
  private static final int KEEP_INTERVAL_SECONDS = 2;
  private static final int KEEP_PROBES_MAX = 3;
  private static final int USER_TIMEOUT_MILLIS = 30_000;

  private final Clock clock;
  private final Threads threads;
  private final String hostId = line(BOOT_ID);
  private final AtomicLong keys = new AtomicLong();
  // guarded by this
  private @Nullable ReadableSelector selector;

  public RealNetwork(Clock clock, Threads threads) {
    this.clock = clock;
    this.threads = threads;
  }

  @Override
  public Listener listen(Endpoint endpoint) throws IOException {
    try {
      return switch (endpoint) {
        case Endpoint.Tcp tcp -> listenTcp(tcp);
        case Endpoint.Unix unix -> listenUnix(unix);
      };
    } catch (SystemCallException e) {
      throw new IOException("can't listen on " + endpoint + ": " + e.errno().text(), e);
    } catch (UnknownHostException e) {
      throw new IOException("can't listen on " + endpoint + ": no such host", e);
    }
  }

  private Listener listenTcp(Endpoint.Tcp tcp) throws IOException {
    int socket = Sockets.listen(addresses(tcp)[0]);
    try {
      int port = ((InetSocketAddress) Sockets.localAddress(socket)).getPort();
      return new RealListener(this, socket, new Endpoint.Tcp(tcp.host(), port), null);
    } catch (SystemCallException e) {
      throw closing(socket, e);
    }
  }

  private Listener listenUnix(Endpoint.Unix unix) throws IOException {
    Path path = Path.of(unix.path());
    SocketAddress address = UnixDomainSocketAddress.of(path);
    int socket;
    try {
      socket = Sockets.listen(address);
    } catch (SystemCallException e) {
      if (e.errno() != Errno.EADDRINUSE || !abandoned(path, address)) {
        throw e;
      }
      Files.delete(path);
      socket = Sockets.listen(address);
    }
    try {
      return new RealListener(this, socket, unix, fileKey(path));
    } catch (IOException e) {
      throw closing(socket, e);
    }
  }

  /// Whether the file is a socket on which nobody listens.
  private static boolean abandoned(Path path, SocketAddress address) throws IOException {
    try {
      if (!attributes(path).isOther()) {
        return false;
      }
      Descriptors.close(Sockets.connect(address, PROBE_MILLIS));
      return false;
    } catch (SystemCallException e) {
      return e.errno() == Errno.ECONNREFUSED;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  static Object fileKey(Path path) throws IOException {
    return Objects.requireNonNull(attributes(path).fileKey(), "Linux gives a file key");
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public Connection connect(Endpoint endpoint, long timeoutNanos) throws IOException {
    long deadline = clock.nanoTime() + timeoutNanos;
    SocketAddress[] addresses = resolve(endpoint);
    boolean refused = true;
    IOException last = new IOException(endpoint + ": no address");
    for (SocketAddress address : addresses) {
      int millis = Math.max(1, RealConnection.millis(deadline - clock.nanoTime()));
      try {
        return connected(Sockets.connect(address, millis), endpoint, endpoint.toString());
      } catch (SystemCallException e) {
        refused &= isRefusal(endpoint, e.errno());
        last = new IOException(endpoint + ": " + e.errno().text(), e);
      }
    }
    throw refused ? new RefusedException(String.valueOf(last.getMessage())) : last;
  }

  /// Nobody listens: nothing else is known of a Unix socket that was removed.
  private static boolean isRefusal(Endpoint endpoint, Errno errno) {
    return errno == Errno.ECONNREFUSED
        || (endpoint instanceof Endpoint.Unix && errno == Errno.ENOENT);
  }

  private static SocketAddress[] resolve(Endpoint endpoint) throws IOException {
    try {
      return switch (endpoint) {
        case Endpoint.Tcp tcp -> addresses(tcp);
        case Endpoint.Unix unix -> new SocketAddress[] {UnixDomainSocketAddress.of(unix.path())};
      };
    } catch (UnknownHostException e) {
      throw new IOException(endpoint + ": no such host", e);
    }
  }

  private static InetSocketAddress[] addresses(Endpoint.Tcp tcp) throws UnknownHostException {
    return List.of(InetAddress.getAllByName(tcp.host())).stream()
        .map(address -> new InetSocketAddress(address, tcp.port()))
        .toArray(InetSocketAddress[]::new);
  }

  Connection accepted(int socket, Endpoint endpoint) throws IOException {
    String peer;
    try {
      peer =
          endpoint instanceof Endpoint.Unix
              ? endpoint + " (process " + SocketOptions.peerCredentials(socket).pid() + ")"
              : Sockets.peerAddress(socket).toString();
    } catch (SystemCallException e) {
      throw closing(socket, e);
    }
    return connected(socket, endpoint, peer);
  }

  private Connection connected(int socket, Endpoint endpoint, String peer) throws IOException {
    try {
      if (endpoint instanceof Endpoint.Tcp) {
        SocketOptions.noDelay(socket, true);
        SocketOptions.keepAlive(socket, KEEP_IDLE_SECONDS, KEEP_INTERVAL_SECONDS, KEEP_PROBES_MAX);
        SocketOptions.userTimeout(socket, USER_TIMEOUT_MILLIS);
      }
      return new RealConnection(this, socket, peer, keys.incrementAndGet());
    } catch (SystemCallException e) {
      throw closing(socket, e);
    }
  }

  private static <E extends IOException> E closing(int socket, E cause) {
    try {
      Descriptors.close(socket);
    } catch (SystemCallException e) {
      cause.addSuppressed(e);
    }
    return cause;
  }

  synchronized ReadableSelector selector() throws IOException {
    if (selector == null) {
      selector = new ReadableSelector(threads);
    }
    return selector;
  }

  @Override
  public String hostId() {
    return hostId;
  }

  @Override
  public String hostName() {
    return line(HOST_NAME);
  }

  private static String line(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new IllegalStateException("can't read " + file, e);
    }
  }
}
