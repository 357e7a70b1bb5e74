package org.skep.runtime.real;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.skep.linux.Descriptors;
import org.skep.linux.Sockets;
import org.skep.linux.SystemCallException;
import org.slf4j.LoggerFactory;

/// A socket's descriptor that is closed only when nobody is in a call on it. Any thread may call
/// it.
final class GuardedSocket {
  private static final int CLOSED = 1 << 30;

  private final int descriptor;
  private final String name;
  // CLOSED, plus the number of calls in progress
  private final AtomicInteger state = new AtomicInteger();

  /// @param name for messages
  GuardedSocket(int descriptor, String name) {
    this.descriptor = descriptor;
    this.name = name;
  }

  String name() {
    return name;
  }

  boolean isClosed() {
    return (state.get() & CLOSED) != 0;
  }

  /// The descriptor, which stays open until [#release].
  ///
  /// @throws IOException if the socket was closed
  int acquire() throws IOException {
    while (true) {
      int now = state.get();
      if ((now & CLOSED) != 0) {
        throw new IOException(name + ": closed");
      }
      if (state.compareAndSet(now, now + 1)) {
        return descriptor;
      }
    }
  }

  void release() {
    if (state.decrementAndGet() == CLOSED) {
      try {
        Descriptors.close(descriptor);
      } catch (SystemCallException e) {
        LoggerFactory.getLogger(GuardedSocket.class).warn("{}: {}", name, e.getMessage());
      }
    }
  }

  /// Ends all calls in progress; the last one to leave closes the descriptor.
  ///
  /// @return false if it was closed before
  boolean close() {
    while (true) {
      int now = state.get();
      if ((now & CLOSED) != 0) {
        return false;
      }
      if (state.compareAndSet(now, (now | CLOSED) + 1)) {
        break;
      }
    }
    try {
      Sockets.shutdown(descriptor, Sockets.SHUT_RDWR);
    } catch (SystemCallException e) {
      LoggerFactory.getLogger(GuardedSocket.class).warn("{}: {}", name, e.getMessage());
    } finally {
      release();
    }
    return true;
  }
}
