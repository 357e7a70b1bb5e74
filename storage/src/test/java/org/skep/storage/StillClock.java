package org.skep.storage;

import java.util.concurrent.atomic.AtomicLong;
import org.skep.runtime.port.Clock;

/// Time passes only while somebody waits, and at once then.
public final class StillClock implements Clock {
  private final AtomicLong nanos = new AtomicLong(1_000_000_000L);

  @Override
  public long nanoTime() {
    return nanos.get();
  }

  @Override
  public long epochNanos() {
    return nanos.get();
  }

  @Override
  public void parkNanos(Object blocker, long wait) {
    nanos.addAndGet(Math.max(0, wait));
  }
}
