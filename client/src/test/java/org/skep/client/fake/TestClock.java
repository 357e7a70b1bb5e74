package org.skep.client.fake;

import java.util.concurrent.locks.LockSupport;
import org.skep.runtime.port.Clock;

/// A clock that runs faster than the host's, so that a test does not wait for seconds.
public final class TestClock implements Clock {
  private final long speed;

  public TestClock(long speed) {
    this.speed = speed;
  }

  @Override
  public long nanoTime() {
    return System.nanoTime() * speed;
  }

  @Override
  public long epochNanos() {
    return 2_000_000_000_000_000_000L + System.nanoTime();
  }

  @Override
  public void parkNanos(Object blocker, long nanos) {
    if (nanos > 0) {
      LockSupport.parkNanos(blocker, nanos / speed + 1);
    }
  }
}
