package org.skep.runtime.rpc;

import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;

/// Sees to it that no request of an older connection of a client takes effect after a newer
/// connection was welcomed. Any thread may call it. Lock order: this, then an entry's gate.
final class ClientFences {
  private final Clock clock;
  private final int clientsMax;
  // guarded by this; least recently used first
  private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final AtomicInteger waiting = new AtomicInteger();

  private record Key(NodeKind role, long client, boolean forwards) {}

  /// One client's connections.
  static final class Entry {
    private final Gate gate;
    // guarded by gate
    private long fence;
    private final Set<ServerConnection> connections = new LinkedHashSet<>();

    private Entry(Clock clock) {
      gate = new Gate(clock);
    }

    /// Whether a request of the connection may be handled; then [#end] must follow.
    boolean begin(ServerConnection connection) {
      gate.lock();
      try {
        connection.busy = !connection.revoked;
        return connection.busy;
      } finally {
        gate.unlock();
      }
    }

    void end(ServerConnection connection) {
      gate.lock();
      try {
        connection.busy = false;
        gate.signalAll();
      } finally {
        gate.unlock();
      }
    }

    /// No further request of the connection is handled. One that is, goes on.
    ///
    /// @return whether none is in progress
    boolean revoke(ServerConnection connection) {
      gate.lock();
      try {
        connection.revoked = true;
        return !connection.busy;
      } finally {
        gate.unlock();
      }
    }

    boolean isRevoked(ServerConnection connection) {
      gate.lock();
      try {
        return connection.revoked;
      } finally {
        gate.unlock();
      }
    }

    void leave(ServerConnection connection) {
      gate.lock();
      try {
        connections.remove(connection);
        gate.signalAll();
      } finally {
        gate.unlock();
      }
    }

    private void raise(long newer) {
      for (ServerConnection older : connections) {
        if (older.fence() < newer) {
          older.revoked = true;
          older.closeSocket();
        }
      }
    }

    private boolean olderBusy(long newer) {
      return connections.stream().anyMatch(other -> other.fence() < newer && other.busy);
    }
  }

  /// @param clientsMax how many clients are remembered; beyond it those that are not connected are
  ///   forgotten, least recently used first
  ClientFences(Clock clock, int clientsMax) {
    this.clock = clock;
    this.clientsMax = clientsMax;
  }

  /// Adds an authenticated connection: closes its client's older ones and waits until their
  /// handlers have returned.
  ///
  /// @throws RefusedHandshakeException if a newer fence was seen
  /// @throws IOException if a handler of an older connection has not returned by `deadline`
  Entry admit(ServerConnection connection, long deadline) throws IOException {
    long fence = connection.fence();
    Entry entry = enter(connection);
    int _ = waiting.incrementAndGet();
    entry.gate.lock();
    try {
      while (!connection.revoked && entry.olderBusy(fence)) {
        long rest = deadline - clock.nanoTime();
        if (rest <= 0) {
          throw new IOException("a request of an older connection is still being handled");
        }
        Interrupts.ignore(() -> entry.gate.awaitNanos(rest));
      }
      if (connection.revoked) {
        throw new IOException("fenced off by a newer connection");
      }
      return entry;
    } catch (IOException e) {
      entry.connections.remove(connection);
      throw e;
    } finally {
      entry.gate.unlock();
      int _ = waiting.decrementAndGet();
    }
  }

  /// How many connections wait for handlers of older ones.
  int waitingCount() {
    return waiting.get();
  }

  private synchronized Entry enter(ServerConnection connection) throws IOException {
    Key key = new Key(connection.role(), connection.client(), connection.forwards());
    Entry entry = entries.computeIfAbsent(key, _ -> new Entry(clock));
    entry.gate.lock();
    try {
      if (connection.fence() < entry.fence) {
        throw new StaleFenceException(
            "fence " + connection.fence() + " is older than " + entry.fence);
      }
      entry.fence = connection.fence();
      entry.raise(entry.fence);
      entry.connections.add(connection);
    } finally {
      entry.gate.unlock();
    }
    forgetSome();
    return entry;
  }

  private void forgetSome() {
    Iterator<Entry> oldest = entries.values().iterator();
    while (entries.size() > clientsMax && oldest.hasNext()) {
      Entry entry = oldest.next();
      entry.gate.lock();
      try {
        if (entry.connections.isEmpty()) {
          oldest.remove();
        }
      } finally {
        entry.gate.unlock();
      }
    }
  }

  /// A hello with a smaller fence than one seen before.
  static final class StaleFenceException extends IOException {
    private static final long serialVersionUID = 1L;

    StaleFenceException(String message) {
      super(message);
    }
  }
}
