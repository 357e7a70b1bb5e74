package org.skep.runtime.port;

import java.io.IOException;
import org.skep.cluster.Endpoint;

/// Connections between processes: streams of bytes. Any thread may call it.
public interface Network {

  /// Listens. A Unix socket file left by a dead process is replaced, one that is alive is not.
  ///
  /// @throws IOException naming the endpoint and the reason: in use, no permission, no such address
  Listener listen(Endpoint endpoint) throws IOException;

  /// Connects, waiting at most `timeoutNanos`.
  ///
  /// @throws RefusedException if the host is there and nobody listens: the process is gone
  /// @throws IOException naming the endpoint, if it can't be reached
  Connection connect(Endpoint endpoint, long timeoutNanos) throws IOException;

  /// The id of this host's present life (`/proc/sys/kernel/random/boot_id`); equal ids mean that
  /// Unix sockets reach.
  String hostId();

  /// The name of this host.
  String hostName();

  /// The host answered that nobody listens on that endpoint.
  final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    public RefusedException(String message) {
      super(message);
    }
  }
}
