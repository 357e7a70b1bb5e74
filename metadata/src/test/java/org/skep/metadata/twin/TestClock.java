package org.skep.metadata.twin;

import java.util.concurrent.atomic.AtomicLong;
import org.skep.runtime.port.Clock;

/// A clock for tests on one thread: who waits finds that the time has passed.
public final class TestClock implements Clock {
  private final AtomicLong nanos = new AtomicLong(1_700_000_000_000_000_000L);

  public void advance(long byNanos) {
    nanos.addAndGet(byNanos);
  }

  @Override
  public long nanoTime() {
    return nanos.get();
  }

  @Override
  public long epochNanos() {
    return nanos.incrementAndGet();
  }

  @Override
  public void parkNanos(Object blocker, long forNanos) {
    advance(Math.max(0, forNanos));
  }
}
