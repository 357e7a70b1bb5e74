package org.skep.runtime.membership;

import java.util.concurrent.atomic.AtomicLong;
import org.skep.runtime.port.Clock;

/// A clock on which every wait is over at once.
final class RushingClock implements Clock {
  private final AtomicLong nanos = new AtomicLong();

  @Override
  public long nanoTime() {
    return nanos.get();
  }

  @Override
  public long epochNanos() {
    return nanos.get();
  }

  @Override
  public void parkNanos(Object blocker, long parkNanos) {
    nanos.addAndGet(Math.max(0, parkNanos));
  }
}
