package org.skep.runtime.route;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.skep.runtime.port.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The requests that wait for a server; long waits are logged when they start and when they end.
/// Any thread may call it.
final class Waits {
  private static final Logger LOGGER = LoggerFactory.getLogger(Router.class);
  private static final long LONG_NANOS = 2_000_000_000L;

  private final Clock clock;
  // guarded by this; in the order they began
  private final Set<Waiting> waiting = new LinkedHashSet<>();

  Waits(Clock clock) {
    this.clock = clock;
  }

  /// One request; belongs to its thread, but for the list.
  final class Waiting implements AutoCloseable {
    private final String operation;
    private final long since = clock.nanoTime();
    private boolean registered;
    private boolean logged;
    private volatile String what = "";
    private volatile String reason = "";

    private Waiting(String operation) {
      this.operation = operation;
    }

    /// An attempt failed.
    void failed(String destination, String because) {
      what = destination;
      reason = because;
      if (!registered) {
        registered = true;
        synchronized (Waits.this) {
          waiting.add(this);
        }
      }
      if (!logged && clock.nanoTime() - since >= LONG_NANOS) {
        logged = true;
        LOGGER
            .atWarn()
            .addKeyValue("operation", operation)
            .log("waiting for {}: {}", destination, because);
      }
    }

    /// Its time is over: the request fails.
    void gaveUp() {
      // Says more than its end would.
      logged = false;
      LOGGER
          .atWarn()
          .addKeyValue("operation", operation)
          .addKeyValue("millis", nanos() / 1_000_000)
          .log("gave up waiting for {}, the request fails with EIO: {}", what, reason);
    }

    long nanos() {
      return clock.nanoTime() - since;
    }

    /// What it waits for and why, as the last failed attempt said.
    String text() {
      return what + ": " + reason;
    }

    @Override
    public void close() {
      if (registered) {
        synchronized (Waits.this) {
          waiting.remove(this);
        }
      }
      if (logged) {
        LOGGER
            .atInfo()
            .addKeyValue("operation", operation)
            .addKeyValue("millis", nanos() / 1_000_000)
            .log("no longer waiting for {}", what);
      }
    }
  }

  Waiting begin(String operation) {
    return new Waiting(operation);
  }

  synchronized List<Router.Wait> list() {
    List<Router.Wait> list = new ArrayList<>();
    for (Waiting one : waiting) {
      list.add(new Router.Wait(one.what, one.operation, one.reason, one.nanos()));
    }
    return list;
  }
}
