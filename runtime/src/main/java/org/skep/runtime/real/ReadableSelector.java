package org.skep.runtime.real;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.skep.linux.Epoll;
import org.skep.linux.SystemCallException;
import org.skep.runtime.port.Threads;

/// One thread that watches all parked connections. Any thread may call [#watch].
final class ReadableSelector {
  private static final int EVENTS_MAX = 256;

  private final Epoll epoll;
  // by the number that epoll hands back
  private final Map<Long, Parked> parked = new ConcurrentHashMap<>();

  private record Parked(GuardedSocket socket, Runnable wake) {}

  ReadableSelector(Threads threads) throws SystemCallException {
    epoll = new Epoll();
    Thread _ = threads.start("network-selector", this::run);
  }

  /// Calls `wake` once when the socket is readable or closed, by either side.
  ///
  /// @param key unique to the socket for the life of this selector
  /// @param known whether the socket was watched before
  void watch(GuardedSocket socket, long key, boolean known, Runnable wake) throws IOException {
    int descriptor = socket.acquire();
    parked.put(key, new Parked(socket, wake));
    int events = Epoll.EPOLLIN | Epoll.EPOLLRDHUP | Epoll.EPOLLONESHOT;
    try {
      if (known) {
        epoll.modify(descriptor, events, key);
      } else {
        epoll.add(descriptor, events, key);
      }
    } catch (SystemCallException e) {
      parked.remove(key);
      socket.release();
      throw e;
    }
  }

  private void run() {
    Epoll.Events events = new Epoll.Events(EVENTS_MAX);
    try {
      while (true) {
        int count = epoll.await(events, -1);
        for (int i = 0; i < count; i++) {
          Parked ready = parked.remove(events.data(i));
          if (ready != null) {
            ready.socket().release();
            ready.wake().run();
          }
        }
      }
    } catch (SystemCallException e) {
      throw new IllegalStateException("the selector can't wait any more", e);
    }
  }
}
