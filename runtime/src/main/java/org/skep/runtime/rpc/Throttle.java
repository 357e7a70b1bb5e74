package org.skep.runtime.rpc;

import java.util.concurrent.atomic.AtomicLong;
import org.skep.runtime.port.Clock;

/// Keeps a hostile peer from filling the log: permits a line now and then. Any thread may call it.
final class Throttle {
  private final Clock clock;
  private final long pauseNanos;
  private final AtomicLong next;

  Throttle(Clock clock, long pauseNanos) {
    this.clock = clock;
    this.pauseNanos = pauseNanos;
    next = new AtomicLong(clock.nanoTime());
  }

  boolean permits() {
    long now = clock.nanoTime();
    long due = next.get();
    return now - due >= 0 && next.compareAndSet(due, now + pauseNanos);
  }
}
