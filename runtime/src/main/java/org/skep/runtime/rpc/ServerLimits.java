package org.skep.runtime.rpc;

/// What bounds a server's connections.
///
/// @param connectionsMax open connections; more are closed at once. A parked one costs about 1 KiB
/// @param unauthenticatedMax connections in their handshake; the oldest is dropped for a newer one
/// @param handshakeNanos how long a handshake may take
/// @param idleNanos how long a connection keeps its thread without a request
/// @param frameNanos how long a frame may take from its first byte on; then the peer is dropped
/// @param clientThreads requests of clients served at a time; more wait their turn
/// @param serverThreads the same for requests of other servers, so that they never wait behind
///   clients; as many again for what primaries forward to secondaries
/// @param clientBulkBuffers requests of clients with bulk payload at a time, 1 MiB each
/// @param serverBulkBuffers the same for other servers, as many again for forwarded ones
/// @param stopNanos how long a stop waits for handlers that are running
public record ServerLimits(
    int connectionsMax,
    int unauthenticatedMax,
    long handshakeNanos,
    long idleNanos,
    long frameNanos,
    int clientThreads,
    int serverThreads,
    int clientBulkBuffers,
    int serverBulkBuffers,
    long stopNanos) {

  private static final long SECOND = 1_000_000_000L;

  public static final ServerLimits DEFAULT =
      new ServerLimits(
          65_536, 256, 10 * SECOND, SECOND, 30 * SECOND, 1024, 256, 128, 64, 5 * SECOND);

  public ServerLimits withTimes(long handshakeNanos, long idleNanos, long frameNanos) {
    return new ServerLimits(
        connectionsMax,
        unauthenticatedMax,
        handshakeNanos,
        idleNanos,
        frameNanos,
        clientThreads,
        serverThreads,
        clientBulkBuffers,
        serverBulkBuffers,
        stopNanos);
  }

  public ServerLimits withCounts(int connectionsMax, int unauthenticatedMax, int clientThreads) {
    return new ServerLimits(
        connectionsMax,
        unauthenticatedMax,
        handshakeNanos,
        idleNanos,
        frameNanos,
        clientThreads,
        serverThreads,
        clientBulkBuffers,
        serverBulkBuffers,
        stopNanos);
  }
}
