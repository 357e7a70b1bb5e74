package org.skep.runtime.port;

import java.io.Closeable;
import java.io.IOException;
import org.skep.cluster.Endpoint;

/// A socket that accepts connections. One thread accepts; any thread may close it, which ends the
/// accepting one's wait with an IOException.
public interface Listener extends Closeable {

  /// Waits for the next connection.
  Connection accept() throws IOException;

  /// Where it listens; with the real port where 0 was asked for.
  Endpoint endpoint();
}
