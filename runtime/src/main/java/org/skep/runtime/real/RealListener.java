package org.skep.runtime.real;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Endpoint;
import org.skep.linux.Sockets;
import org.skep.linux.SystemCallException;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Listener;
import org.slf4j.LoggerFactory;

/// A listening stream socket, TCP or Unix.
final class RealListener implements Listener {
  private final RealNetwork network;
  private final GuardedSocket socket;
  private final Endpoint endpoint;
  private final @Nullable Object fileKey;

  /// @param fileKey identifies the Unix socket's file; null for TCP
  RealListener(RealNetwork network, int descriptor, Endpoint endpoint, @Nullable Object fileKey) {
    this.network = network;
    this.socket = new GuardedSocket(descriptor, endpoint.toString());
    this.endpoint = endpoint;
    this.fileKey = fileKey;
  }

  @Override
  public Connection accept() throws IOException {
    int listener = socket.acquire();
    try {
      while (true) {
        int accepted = Sockets.accept(listener);
        try {
          return network.accepted(accepted, endpoint);
        } catch (SystemCallException e) {
          // The peer was gone before we looked: no fault of the listener.
          LoggerFactory.getLogger(RealListener.class).debug("{}: {}", endpoint, e.getMessage());
        }
      }
    } finally {
      socket.release();
    }
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public void close() throws IOException {
    if (socket.close() && endpoint instanceof Endpoint.Unix unix) {
      Path path = Path.of(unix.path());
      // Another process may have replaced it meanwhile.
      if (Files.exists(path) && RealNetwork.fileKey(path).equals(fileKey)) {
        Files.deleteIfExists(path);
      }
    }
  }
}
