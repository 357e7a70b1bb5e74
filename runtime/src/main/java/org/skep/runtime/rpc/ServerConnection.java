package org.skep.runtime.rpc;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.runtime.port.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One accepted connection, in this order:
///
/// * handshake: on a thread of the handshake pool;
/// * hot: on a worker's thread, request after request, until none comes for a while;
/// * parked: on no thread, until the network sees something to read; then hot again.
///
/// At any time exactly one thread, queue or selector holds it; whoever finds it lost, forgets it.
final class ServerConnection implements Caller {
  private static final Logger LOGGER = LoggerFactory.getLogger(ServerConnection.class);

  private final RpcServer server;
  private final Connection connection;
  private ServerHandshake.Identity identity = ServerHandshake.Identity.NOBODY;
  private volatile ClientFences.@Nullable Entry entry;

  // guarded by the gate of the client's entry
  boolean busy;
  boolean revoked;

  ServerConnection(RpcServer server, Connection connection) {
    this.server = server;
    this.connection = connection;
  }

  @Override
  public NodeKind role() {
    return identity.role();
  }

  @Override
  public long client() {
    return identity.client();
  }

  // Fenced apart from the rest of the client's, too.
  @Override
  public boolean forwards() {
    return identity.forwards();
  }

  long fence() {
    return identity.fence();
  }

  /// The handshake; then it goes to the workers. Runs once, on a thread of the handshake pool.
  void open(FrameBuffers buffers) {
    try {
      long limit = server.limits().handshakeNanos();
      connection.setTimeoutNanos(Math.min(limit, server.limits().idleNanos()));
      long deadline = server.clock().nanoTime() + limit;
      ServerHandshake handshake =
          new ServerHandshake(server.ports(), server.settings(), connection, buffers, deadline);
      identity = handshake.identify();
      server.authenticated(this);
      admit(handshake);
      handshake.welcome();
    } catch (IOException e) {
      if (server.mayComplain()) {
        LOGGER.atInfo().addKeyValue("peer", connection.peer()).log("handshake: {}", e.getMessage());
      }
      forget();
      return;
    }
    server.workers(identity).submit(this::serve);
  }

  private void admit(ServerHandshake handshake) throws IOException {
    try {
      ClientFences.Entry admitted =
          server.fences().admit(this, server.clock().nanoTime() + server.limits().frameNanos());
      entry = admitted;
    } catch (ClientFences.StaleFenceException e) {
      throw handshake.refuse(e, Errno.ESTALE);
    } catch (IOException e) {
      throw handshake.refuse(e, Errno.EAGAIN);
    }
    if (server.stopping()) {
      throw new IOException("the server is stopping");
    }
  }

  /// Serves requests until none comes for a while.
  private void serve(FrameBuffers buffers) {
    try {
      RequestCycle cycle = server.cycle(identity);
      WorkerPool workers = server.workers(identity);
      RequestCycle.End end = cycle.run(connection, buffers, this);
      while (end == RequestCycle.End.ANSWERED && !workers.crowded() && !isRevoked()) {
        end = cycle.run(connection, buffers, this);
      }
      if (end == RequestCycle.End.REVOKED || isRevoked()) {
        forget();
      } else {
        connection.whenReadable(() -> workers.submit(this::serve));
      }
    } catch (IOException e) {
      LOGGER
          .atDebug()
          .addKeyValue("peer", connection.peer())
          .log("connection closed: {}", e.toString());
      forget();
    }
  }

  private boolean isRevoked() {
    return entry().isRevoked(this);
  }

  private ClientFences.Entry entry() {
    ClientFences.Entry admitted = entry;
    if (admitted == null) {
      throw new IllegalStateException("not admitted");
    }
    return admitted;
  }

  @Override
  public boolean begin() {
    return entry().begin(this);
  }

  @Override
  public void end() {
    entry().end(this);
  }

  @Override
  public boolean alive() {
    try {
      // One request at a time: if there is something to read now, it is the end.
      return !isRevoked() && !connection.awaitReadable(0);
    } catch (IOException e) {
      LOGGER.atDebug().log("peer is gone: {}", e.toString());
      return false;
    }
  }

  /// No further request is handled; closes at once unless one is in progress.
  void stop() {
    ClientFences.Entry admitted = entry;
    if (admitted == null || admitted.revoke(this)) {
      closeSocket();
    }
  }

  /// Ends the holder's wait; the holder forgets the connection then.
  void closeSocket() {
    connection.close();
  }

  private void forget() {
    connection.close();
    ClientFences.Entry admitted = entry;
    if (admitted != null) {
      admitted.leave(this);
    }
    server.forget(this);
  }
}
