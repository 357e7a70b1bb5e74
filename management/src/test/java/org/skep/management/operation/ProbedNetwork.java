package org.skep.management.operation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.skep.cluster.Endpoint;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Listener;
import org.skep.runtime.port.Network;
import org.skep.runtime.twin.MemoryConnection;

/// A network in which management only tries who listens: what an endpoint does is set by the test.
final class ProbedNetwork implements Network {

  enum Answer {
    LISTENS,
    REFUSES,
    IS_SILENT
  }

  final Map<Endpoint, Answer> answers = new HashMap<>();
  int attempts;

  @Override
  public Listener listen(Endpoint endpoint) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Connection connect(Endpoint endpoint, long timeoutNanos) throws IOException {
    attempts++;
    return switch (answers.getOrDefault(endpoint, Answer.LISTENS)) {
      case LISTENS -> new MemoryConnection(ByteBuffer.allocate(0));
      case REFUSES -> throw new RefusedException(endpoint + ": refused");
      case IS_SILENT -> throw new IOException(endpoint + ": timed out");
    };
  }

  @Override
  public String hostId() {
    return "here";
  }

  @Override
  public String hostName() {
    return "host";
  }
}
