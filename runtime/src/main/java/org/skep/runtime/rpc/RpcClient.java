package org.skep.runtime.rpc;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;
import org.skep.wire.Answer;
import org.skep.wire.FrameHeader;
import org.skep.wire.Operation;
import org.skep.wire.Secret;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends requests to servers over pooled connections, one request at a time on each, on the
/// caller's thread. Any thread may call it. Repeats nothing: that is the `Router`'s.
public final class RpcClient implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(RpcClient.class);
  private final Ports ports;
  private final Settings settings;
  private final AtomicLong mapVersionSeen = new AtomicLong();
  private final AtomicLong fences = new AtomicLong();
  private final Gate gate;
  // guarded by gate; in the order they were made
  private final Map<PoolKey, Contact> contacts = new LinkedHashMap<>();
  private boolean closed;
  private boolean sweeping;

  /// One process and connections to it.
  private record Contact(Peer peer, ProcessPool pool) {}

  /// A request that waits for its answer.
  public record Call(Peer peer, String operation, long ageNanos) {}

  /// @param role what this process is
  /// @param clientId of this life of the process, not 0, never used before
  /// @param secret null: authentication is off
  /// @param clusterId empty as long as it is not known
  /// @param mapVersions hears of every newer map version that a server mentions; must not block
  /// @param connectionsMax to one server process, and as many again for forwarded requests; more
  ///   wait their turn
  /// @param idleNanos after which an idle connection is closed
  public record Settings(
      NodeKind role,
      long clientId,
      @Nullable Secret secret,
      Supplier<String> clusterId,
      LongConsumer mapVersions,
      int connectionsMax,
      long idleNanos) {

    public static final int CONNECTIONS_MAX = 64;
    public static final long IDLE_NANOS = 60_000_000_000L;

    public Settings {
      if (clientId == 0) {
        throw new IllegalArgumentException("client id 0");
      }
    }

    /// With the usual limits.
    public static Settings of(
        NodeKind role,
        long clientId,
        @Nullable Secret secret,
        Supplier<String> clusterId,
        LongConsumer mapVersions) {
      return new Settings(
          role, clientId, secret, clusterId, mapVersions, CONNECTIONS_MAX, IDLE_NANOS);
    }
  }

  public RpcClient(Ports ports, Settings settings) {
    this.ports = ports;
    this.settings = settings;
    gate = new Gate(ports.clock());
  }

  /// Asks and waits for the answer.
  ///
  /// @param bulkOut sent behind the message, from position to limit, which stay as they are
  /// @param bulkIn gets the answer's bulk payload, from its position on, which is moved by its
  ///   length; after an exception its content and position are worth nothing
  /// @param timeoutNanos for everything, connecting included
  /// @throws IOException if the server can't be reached or the connection was lost: it is not known
  ///   whether the request took or will take effect, unless it is repeated at the same process and
  ///   answered (the fence sees to that)
  public <Q extends MessageLite, R extends MessageLite> Answer<R> call(
      Peer peer,
      Operation<Q, R> operation,
      Q request,
      RequestHeader header,
      @Nullable ByteBuffer bulkOut,
      @Nullable ByteBuffer bulkIn,
      long timeoutNanos)
      throws IOException {
    return call(peer, operation, request, header, bulkOut, bulkIn, timeoutNanos, ProcessPool::fail);
  }

  /// Asks for something that has no effect at the server, so that it does no harm if the request is
  /// still in progress there after this call has failed: only its own connection is lost then, and
  /// the fence is not raised. Else like [#call].
  public <Q extends MessageLite, R extends MessageLite> Answer<R> read(
      Peer peer,
      Operation<Q, R> operation,
      Q request,
      RequestHeader header,
      @Nullable ByteBuffer bulkIn,
      long timeoutNanos)
      throws IOException {
    return call(peer, operation, request, header, null, bulkIn, timeoutNanos, ProcessPool::discard);
  }

  private <Q extends MessageLite, R extends MessageLite> Answer<R> call(
      Peer peer,
      Operation<Q, R> operation,
      Q request,
      RequestHeader header,
      @Nullable ByteBuffer bulkOut,
      @Nullable ByteBuffer bulkIn,
      long timeoutNanos,
      BiConsumer<ProcessPool, ClientConnection> failed)
      throws IOException {
    ProcessPool pool = pool(peer, forwards(header));
    long deadline = ports.clock().nanoTime() + timeoutNanos;
    ClientConnection connection = pool.take(peer, deadline);
    ClientConnection.Reply<R> reply = null;
    try {
      long ticks = ticks(deadline, timeoutNanos);
      reply = connection.call(operation, request, header, bulkOut, bulkIn, ticks);
    } finally {
      if (reply == null) {
        failed.accept(pool, connection);
      } else {
        pool.give(connection);
      }
    }
    seen(reply.mapVersion());
    return reply.answer();
  }

  /// Begins a request whose bulk payload is sent piece by piece. To be closed.
  ///
  /// @param bulkBytes of the whole payload
  /// @param bulkCrc CRC32C of the whole payload
  /// @param timeoutNanos for everything, connecting and the answer included
  /// @throws IOException if the server can't be reached
  public <Q extends MessageLite, R extends MessageLite> Upload<R> upload(
      Peer peer,
      Operation<Q, R> operation,
      Q request,
      RequestHeader header,
      int bulkBytes,
      int bulkCrc,
      long timeoutNanos)
      throws IOException {
    ProcessPool pool = pool(peer, forwards(header));
    long deadline = ports.clock().nanoTime() + timeoutNanos;
    ClientConnection connection = pool.take(peer, deadline);
    Upload<R> upload = null;
    try {
      long ticks = ticks(deadline, timeoutNanos);
      connection.begin(operation, request, header, bulkBytes, bulkCrc, ticks);
      upload = new PooledUpload<>(pool, connection, operation, bulkBytes, this::seen);
    } finally {
      if (upload == null) {
        connection.abandon();
        pool.fail(connection);
      }
    }
    return upload;
  }

  /// Ends all requests in progress at that process with an IOException (the fence is raised), and
  /// those that begin in the next second: their senders may not have seen yet why. For a process
  /// that was declared gone, so that nobody waits for it.
  public void drop(NodeKind kind, int nodeId, long incarnation) {
    Peer peer = new Peer(kind, nodeId, incarnation, "", List.of());
    try {
      pool(peer, false).reject();
      pool(peer, true).reject();
    } catch (IOException e) {
      // The client is closed: nothing is in progress.
      LOGGER.debug("nothing to drop at {}", peer, e);
    }
  }

  /// A request to the process itself, without bulk payload.
  public <Q extends MessageLite, R extends MessageLite> Answer<R> call(
      Peer peer, Operation<Q, R> operation, Q request, long timeoutNanos) throws IOException {
    return call(peer, operation, request, RequestHeader.PROCESS, null, null, timeoutNanos);
  }

  /// Requests that have waited for their answer for longer than `nanos`.
  public List<Call> slow(long nanos) {
    List<Call> slow = new ArrayList<>();
    contacts().forEach(contact -> slow.addAll(contact.pool().slow(contact.peer(), nanos)));
    return slow;
  }

  /// How many server processes have been talked to lately.
  int processCount() {
    return contacts().size();
  }

  /// Ends all requests in progress with an IOException, and refuses new ones.
  @Override
  public void close() {
    gate.lock();
    try {
      closed = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
    contacts().forEach(contact -> contact.pool().close());
  }

  /// Not the rest to the nanosecond, as a new time-out costs a system call.
  private long ticks(long deadline, long timeoutNanos) {
    long rest = Math.max(1, deadline - ports.clock().nanoTime());
    return rest > timeoutNanos / 2 ? timeoutNanos : rest;
  }

  private void seen(long mapVersion) {
    if (mapVersion > mapVersionSeen.get()
        && mapVersionSeen.getAndAccumulate(mapVersion, Math::max) < mapVersion) {
      settings.mapVersions().accept(mapVersion);
    }
  }

  private List<Contact> contacts() {
    gate.lock();
    try {
      return List.copyOf(contacts.values());
    } finally {
      gate.unlock();
    }
  }

  private boolean forwards(RequestHeader header) {
    return settings.role() != NodeKind.CLIENT && (header.flags() & FrameHeader.FLAG_FORWARDED) != 0;
  }

  /// @param process its [ProcessKey], or the endpoints if it is not known
  private record PoolKey(Object process, boolean forwards) {}

  private record ProcessKey(NodeKind kind, int id, long incarnation) {}

  /// What is forwarded never waits for connections that other requests have.
  private ProcessPool pool(Peer peer, boolean forwards) throws IOException {
    Object process =
        peer.incarnation() == 0
            ? peer.endpoints()
            : new ProcessKey(peer.kind(), peer.id(), peer.incarnation());
    PoolKey key = new PoolKey(process, forwards);
    boolean first = false;
    gate.lock();
    try {
      if (closed) {
        throw new IOException("the client is closed");
      }
      Contact contact = contacts.get(key);
      if (contact == null) {
        contact = new Contact(peer, new ProcessPool(ports, settings, fences, forwards));
        contacts.put(key, contact);
        first = !sweeping;
        sweeping = true;
      } else if (contact.peer().endpoints().isEmpty()) {
        // It was dropped before it was ever asked.
        contact = new Contact(peer, contact.pool());
        contacts.put(key, contact);
      }
      return contact.pool();
    } finally {
      gate.unlock();
      if (first) {
        Thread _ = ports.threads().start(settings.role().label() + "-idle", this::sweep);
      }
    }
  }

  /// Closes idle connections now and then, until the client is closed, and forgets processes that
  /// are not talked to any more.
  private void sweep() {
    while (!pauseUntilClosed(settings.idleNanos() / 4)) {
      gate.lock();
      try {
        boolean _ =
            contacts.values().removeIf(contact -> contact.pool().retire(settings.idleNanos()));
      } finally {
        gate.unlock();
      }
    }
  }

  private boolean pauseUntilClosed(long nanos) {
    long end = ports.clock().nanoTime() + nanos;
    gate.lock();
    try {
      for (long rest = nanos; !closed && rest > 0; rest = end - ports.clock().nanoTime()) {
        long left = rest;
        Interrupts.ignore(() -> gate.awaitNanos(left));
      }
      return closed;
    } finally {
      gate.unlock();
    }
  }
}
