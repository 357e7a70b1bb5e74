package org.skep.runtime.rpc;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Listener;
import org.skep.runtime.port.Ports;
import org.skep.wire.Secret;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts connections, authenticates them, and answers their requests with the handlers of a
/// [Dispatcher]. [#start] and [#stop] are called once, by one thread.
public final class RpcServer {
  private static final Logger LOGGER = LoggerFactory.getLogger(RpcServer.class);
  private static final long ACCEPT_PAUSE_NANOS = 100_000_000L;
  private static final long COMPLAINT_PAUSE_NANOS = 1_000_000_000L;

  private final Ports ports;
  private final Settings settings;
  private final WorkerPool handshakes;
  private final Lane clients;
  private final Lane servers;
  private final Lane buddies;
  private final ClientFences fences;
  private final Dispatcher dispatcher;
  private final List<Listener> listeners = new ArrayList<>();
  private final Gate gate;
  // guarded by gate; in the order they were accepted
  private final LinkedHashSet<ServerConnection> unauthenticated = new LinkedHashSet<>();
  private final Set<ServerConnection> connections = new LinkedHashSet<>();
  private final Throttle complaints;
  private volatile boolean stopping;

  /// @param nodeKind what the server is, for thread names and logs
  /// @param listen where; port 0 takes a free one
  /// @param secret null: authentication is off
  /// @param clusterId empty as long as it is not known
  /// @param incarnation of this process
  /// @param mapVersion of the newest map known here; goes into every answer
  public record Settings(
      NodeKind nodeKind,
      List<Endpoint> listen,
      @Nullable Secret secret,
      Supplier<String> clusterId,
      long incarnation,
      LongSupplier mapVersion,
      ServerLimits limits) {}

  public RpcServer(Ports ports, Settings settings, Dispatcher dispatcher) {
    this.ports = ports;
    this.settings = settings;
    this.dispatcher = dispatcher;
    ServerLimits limits = settings.limits();
    gate = new Gate(ports.clock());
    complaints = new Throttle(ports.clock(), COMPLAINT_PAUSE_NANOS);
    fences = new ClientFences(ports.clock(), limits.connectionsMax());
    String label = settings.nodeKind().label();
    handshakes = newPool(label + "-handshake", limits.unauthenticatedMax());
    clients = newLane(label + "-rpc", limits.clientThreads(), limits.clientBulkBuffers());
    servers = newLane(label + "-peer", limits.serverThreads(), limits.serverBulkBuffers());
    buddies = newLane(label + "-buddy", limits.serverThreads(), limits.serverBulkBuffers());
  }

  /// Threads and buffers of their own for the requests of some callers.
  private record Lane(RequestCycle cycle, WorkerPool workers) {}

  private Lane newLane(String name, int threads, int bulkBuffers) {
    return new Lane(newCycle(bulkBuffers), newPool(name, threads));
  }

  private RequestCycle newCycle(int bulkBuffers) {
    return new RequestCycle(
        dispatcher,
        new BulkBuffers(ports.clock(), bulkBuffers),
        ports.clock(),
        settings.mapVersion(),
        settings.limits().frameNanos());
  }

  private WorkerPool newPool(String name, int threadsMax) {
    return new WorkerPool(name, threadsMax, ports.clock(), ports.threads());
  }

  /// Listens on all endpoints, then accepts.
  ///
  /// @throws IOException naming the endpoint and the reason; nothing listens then
  public void start() throws IOException {
    try {
      for (Endpoint endpoint : settings.listen()) {
        listeners.add(ports.network().listen(endpoint));
      }
    } catch (IOException e) {
      closeListeners(e);
      throw e;
    }
    for (Listener listener : listeners) {
      String name = settings.nodeKind().label() + "-accept-" + listener.endpoint();
      Thread _ = ports.threads().start(name, () -> acceptAll(listener));
    }
  }

  /// Where it listens, with the real ports; valid after [#start].
  public List<Endpoint> endpoints() {
    return listeners.stream().map(Listener::endpoint).toList();
  }

  /// What has been served so far, one row for each operation.
  public List<OperationMetrics.Snapshot> metrics() {
    return dispatcher.metrics();
  }

  /// Open connections.
  public int connectionCount() {
    gate.lock();
    try {
      return connections.size();
    } finally {
      gate.unlock();
    }
  }

  /// Accepts no more, closes idle connections, lets running handlers finish and answer for at most
  /// `ServerLimits.stopNanos`, and closes what is left.
  public void stop() {
    stopping = true;
    closeListeners(new IOException("stopping"));
    snapshot().forEach(ServerConnection::stop);
    awaitNoConnections(settings.limits().stopNanos());
    List<ServerConnection> left = snapshot();
    if (!left.isEmpty()) {
      LOGGER.atWarn().addKeyValue("connections", left.size()).log("cut off while busy");
      left.forEach(ServerConnection::closeSocket);
    }
  }

  private List<ServerConnection> snapshot() {
    gate.lock();
    try {
      return List.copyOf(connections);
    } finally {
      gate.unlock();
    }
  }

  private void awaitNoConnections(long nanos) {
    long end = clock().nanoTime() + nanos;
    gate.lock();
    try {
      while (!connections.isEmpty() && clock().nanoTime() - end < 0) {
        long rest = end - clock().nanoTime();
        Interrupts.ignore(() -> gate.awaitNanos(rest));
      }
    } finally {
      gate.unlock();
    }
  }

  private void closeListeners(IOException reason) {
    for (Listener listener : listeners) {
      try {
        listener.close();
      } catch (IOException e) {
        reason.addSuppressed(e);
        LOGGER.warn("closing {}: {}", listener.endpoint(), e.toString());
      }
    }
  }

  private void acceptAll(Listener listener) {
    boolean failing = false;
    while (!stopping) {
      try {
        accepted(listener.accept());
        failing = false;
      } catch (IOException e) {
        if (!stopping && !failing) {
          LOGGER.warn("accepting at {}: {}", listener.endpoint(), e.toString());
          failing = true;
        }
        if (!stopping) {
          Interrupts.ignore(() -> pause(ACCEPT_PAUSE_NANOS));
        }
      }
    }
  }

  private long pause(long nanos) throws InterruptedException {
    clock().sleepNanos(nanos);
    return 0;
  }

  private void accepted(Connection connection) {
    ServerConnection fresh = new ServerConnection(this, connection);
    ServerConnection dropped = null;
    gate.lock();
    try {
      if (stopping || connections.size() >= limits().connectionsMax()) {
        dropped = fresh;
      } else {
        connections.add(fresh);
        unauthenticated.add(fresh);
        if (unauthenticated.size() > limits().unauthenticatedMax()) {
          // The oldest one has had the most time: who means well needs milliseconds.
          dropped = unauthenticated.removeFirst();
        }
      }
    } finally {
      gate.unlock();
    }
    if (dropped != null) {
      if (complaints.permits()) {
        LOGGER.atWarn().addKeyValue("peer", connection.peer()).log("too many connections");
      }
      dropped.closeSocket();
    }
    if (dropped != fresh) {
      handshakes.submit(fresh::open);
    }
  }

  void authenticated(ServerConnection connection) {
    gate.lock();
    try {
      unauthenticated.remove(connection);
    } finally {
      gate.unlock();
    }
  }

  void forget(ServerConnection connection) {
    gate.lock();
    try {
      unauthenticated.remove(connection);
      connections.remove(connection);
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Whether what a peer did wrong may be logged now.
  boolean mayComplain() {
    return complaints.permits();
  }

  boolean stopping() {
    return stopping;
  }

  Ports ports() {
    return ports;
  }

  Clock clock() {
    return ports.clock();
  }

  Settings settings() {
    return settings;
  }

  ServerLimits limits() {
    return settings.limits();
  }

  ClientFences fences() {
    return fences;
  }

  /// Requests of servers have threads and buffers of their own, so that two servers that ask each
  /// other on behalf of clients never wait for each other's clients; what a primary forwards to its
  /// secondary once more, since what servers ask of a primary is forwarded as well.
  private Lane lane(ServerHandshake.Identity identity) {
    if (identity.forwards()) {
      return buddies;
    }
    return identity.role() == NodeKind.CLIENT ? clients : servers;
  }

  RequestCycle cycle(ServerHandshake.Identity identity) {
    return lane(identity).cycle();
  }

  WorkerPool workers(ServerHandshake.Identity identity) {
    return lane(identity).workers();
  }
}
