package org.skep.runtime.rpc;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Endpoint;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Network;
import org.skep.runtime.port.Ports;

/// The connections to one server process, for forwarded requests or for the others, and the fence:
/// a number that is raised whenever a connection is lost with a request in flight. Then all older
/// connections are dropped, and the server welcomes the first new one only when their requests have
/// ended; so only one thread connects until that has happened.
final class ProcessPool {
  /// Short, since nothing ends this wait when the process is declared gone meanwhile.
  private static final long CONNECT_NANOS_MAX = 1_000_000_000L;

  private static final int RETIRE_IDLES = 10;

  /// Longer than a sender may need from reading a map to sending by it.
  private static final long REJECT_NANOS = 1_000_000_000L;

  private final Ports ports;
  private final RpcClient.Settings settings;
  private final AtomicLong fences;
  private final boolean forwards;
  private final Gate gate;
  // all guarded by gate
  private final Deque<ClientConnection> idle = new ArrayDeque<>();
  private final Set<ClientConnection> open = new LinkedHashSet<>();
  private int connecting;
  private long fence;
  private boolean welcomed;
  private boolean closed;
  private long lastTake;
  private long rejectUntil;
  private final Set<Connection> shaking = new LinkedHashSet<>();

  /// @param fences the last fence of any pool of this client; counts up only
  ProcessPool(Ports ports, RpcClient.Settings settings, AtomicLong fences, boolean forwards) {
    this.ports = ports;
    this.settings = settings;
    this.fences = fences;
    this.forwards = forwards;
    fence = fences.incrementAndGet();
    gate = new Gate(ports.clock());
    lastTake = ports.clock().nanoTime();
    rejectUntil = lastTake;
  }

  /// A connection for one request; goes back by [#give] or [#fail].
  ///
  /// @throws IOException if there is none by `deadline`
  ClientConnection take(Peer peer, long deadline) throws IOException {
    long connectFence;
    gate.lock();
    try {
      lastTake = clock().nanoTime();
      while (true) {
        checkOpen(peer);
        ClientConnection waiting = takeIdle();
        if (waiting != null) {
          return waiting;
        }
        if (mayConnect()) {
          connecting++;
          connectFence = fence;
          break;
        }
        awaitChange(peer, deadline);
      }
    } finally {
      gate.unlock();
    }
    return connected(peer, connectFence, deadline);
  }

  private void checkOpen(Peer peer) throws IOException {
    if (closed) {
      throw new IOException("the connections to " + peer + " are closed");
    }
    if (clock().nanoTime() - rejectUntil < 0) {
      throw new IOException(peer + " was declared gone");
    }
  }

  private boolean mayConnect() {
    return welcomed ? open.size() + connecting < settings.connectionsMax() : connecting == 0;
  }

  private void awaitChange(Peer peer, long deadline) throws IOException {
    long rest = deadline - clock().nanoTime();
    if (rest <= 0) {
      throw new IOException(
          welcomed ? "all connections to " + peer + " are busy" : peer + " does not answer");
    }
    Interrupts.ignore(() -> gate.awaitNanos(rest));
  }

  private @Nullable ClientConnection takeIdle() {
    ClientConnection candidate = idle.poll();
    while (candidate != null && candidate.lost()) {
      drop(candidate);
      candidate = idle.poll();
    }
    return candidate;
  }

  private ClientConnection connected(Peer peer, long connectFence, long deadline)
      throws IOException {
    ClientConnection fresh = null;
    boolean staleFence = false;
    try {
      fresh = connect(peer, connectFence, deadline);
    } catch (ClientHandshake.StaleFenceException e) {
      staleFence = true;
      throw e;
    } finally {
      settle(fresh, connectFence, staleFence);
    }
    if (fresh.dropped) {
      throw new IOException("fenced off while connecting to " + peer);
    }
    return fresh;
  }

  private void settle(@Nullable ClientConnection fresh, long connectFence, boolean staleFence) {
    gate.lock();
    try {
      connecting--;
      if (staleFence && fence == connectFence) {
        raise();
      }
      if (fresh != null) {
        open.add(fresh);
        if (connectFence < fence || closed) {
          drop(fresh);
        } else {
          welcomed = true;
        }
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  private ClientConnection connect(Peer peer, long connectFence, long deadline) throws IOException {
    List<Endpoint> endpoints = usable(peer);
    if (endpoints.isEmpty()) {
      throw new IOException(peer + " has no address that can be reached from here");
    }
    IOException failure = null;
    for (Endpoint endpoint : endpoints) {
      try {
        return connect(endpoint, peer, connectFence, deadline);
      } catch (RefusedHandshakeException | ClientHandshake.StaleFenceException e) {
        throw e;
      } catch (IOException e) {
        failure = failure == null ? e : worse(failure, e);
      }
    }
    throw failure;
  }

  /// The one that tells more, with the other: that nobody listens is told only if it holds for all
  /// endpoints.
  private static IOException worse(IOException earlier, IOException later) {
    if (later instanceof Network.RefusedException) {
      earlier.addSuppressed(later);
      return earlier;
    }
    later.addSuppressed(earlier);
    return later;
  }

  private ClientConnection connect(Endpoint endpoint, Peer peer, long connectFence, long deadline)
      throws IOException {
    long rest = deadline - clock().nanoTime();
    if (rest <= 0) {
      throw new IOException("no time left to connect to " + endpoint);
    }
    checkFence(peer, connectFence);
    Connection connection = ports.network().connect(endpoint, Math.min(rest, CONNECT_NANOS_MAX));
    boolean welcome = false;
    try {
      shake(connection, peer, connectFence);
      connection.setTimeoutNanos(Math.max(1, deadline - clock().nanoTime()));
      FrameBuffers buffers = new FrameBuffers();
      new ClientHandshake(clock(), settings, connection, buffers, deadline)
          .run(ports.chance(), connectFence, peer.incarnation(), forwards);
      welcome = true;
      return new ClientConnection(connection, clock(), buffers, connectFence);
    } finally {
      shaken(connection);
      if (!welcome) {
        connection.close();
      }
    }
  }

  private void checkFence(Peer peer, long connectFence) throws IOException {
    gate.lock();
    try {
      if (closed || connectFence < fence) {
        throw new IOException("fenced off while connecting to " + peer);
      }
    } finally {
      gate.unlock();
    }
  }

  private void shake(Connection connection, Peer peer, long connectFence) throws IOException {
    gate.lock();
    try {
      checkFence(peer, connectFence);
      shaking.add(connection);
    } finally {
      gate.unlock();
    }
  }

  private void shaken(Connection connection) {
    gate.lock();
    try {
      shaking.remove(connection);
    } finally {
      gate.unlock();
    }
  }

  /// Unix sockets first where they reach, as they cost half the CPU; then the rest in the node's
  /// order.
  private List<Endpoint> usable(Peer peer) {
    boolean sameHost = peer.hostId().equals(ports.network().hostId());
    List<Endpoint> unix = new ArrayList<>();
    List<Endpoint> rest = new ArrayList<>();
    for (Endpoint endpoint : peer.endpoints()) {
      switch (endpoint) {
        case Endpoint.Unix path -> {
          if (sameHost || peer.hostId().isEmpty()) {
            unix.add(path);
          }
        }
        case Endpoint.Tcp tcp -> rest.add(tcp);
      }
    }
    unix.addAll(rest);
    return unix;
  }

  /// Takes back a connection whose request was answered.
  void give(ClientConnection connection) {
    gate.lock();
    try {
      connection.idleSince = clock().nanoTime();
      if (closed || connection.fence() < fence) {
        drop(connection);
      } else {
        idle.push(connection);
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Takes back a connection whose request may still be in progress at the server: raises the
  /// fence.
  void fail(ClientConnection connection) {
    gate.lock();
    try {
      drop(connection);
      if (connection.fence() == fence) {
        raise();
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Takes back a connection whose request may still be in progress at the server, where that does
  /// no harm: closes it, and leaves the others alone.
  void discard(ClientConnection connection) {
    gate.lock();
    try {
      drop(connection);
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  private void raise() {
    fence = fences.incrementAndGet();
    welcomed = false;
    idle.clear();
    shaking.forEach(Connection::close);
    for (ClientConnection older : List.copyOf(open)) {
      drop(older);
    }
  }

  /// Ends all requests in progress with an IOException, raises the fence, and gives out no
  /// connection for a second.
  void reject() {
    gate.lock();
    try {
      rejectUntil = clock().nanoTime() + REJECT_NANOS;
      raise();
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  private void drop(ClientConnection connection) {
    connection.dropped = true;
    connection.close();
    open.remove(connection);
  }

  /// Closes connections that were idle for long, and the pool itself if nobody has asked for a
  /// connection for long. (Another pool for the same process may follow: its fence will be higher.)
  ///
  /// @return whether the pool is closed
  boolean retire(long idleNanos) {
    long now = clock().nanoTime();
    gate.lock();
    try {
      while (!idle.isEmpty() && now - idle.peekLast().idleSince >= idleNanos) {
        drop(idle.removeLast());
      }
      closed |= open.isEmpty() && connecting == 0 && now - lastTake >= RETIRE_IDLES * idleNanos;
      return closed;
    } finally {
      gate.unlock();
    }
  }

  /// Ends all requests in progress with an IOException.
  void close() {
    gate.lock();
    try {
      closed = true;
      idle.clear();
      shaking.forEach(Connection::close);
      for (ClientConnection connection : List.copyOf(open)) {
        drop(connection);
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Requests that have been waiting for their answer for longer than `nanos`.
  List<RpcClient.Call> slow(Peer peer, long nanos) {
    long now = clock().nanoTime();
    List<RpcClient.Call> slow = new ArrayList<>();
    gate.lock();
    try {
      for (ClientConnection connection : open) {
        String operation = connection.operation;
        long age = now - connection.callSince;
        if (operation != null && age >= nanos) {
          slow.add(new RpcClient.Call(peer, operation, age));
        }
      }
    } finally {
      gate.unlock();
    }
    return slow;
  }

  private Clock clock() {
    return ports.clock();
  }
}
