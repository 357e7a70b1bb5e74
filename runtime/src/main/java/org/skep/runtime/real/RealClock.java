package org.skep.runtime.real;

import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import org.skep.runtime.port.Clock;

/// The host's clocks.
public final class RealClock implements Clock {
  private static final long NANOS_OF_SECOND = 1_000_000_000L;

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long epochNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * NANOS_OF_SECOND + now.getNano();
  }

  @Override
  public void parkNanos(Object blocker, long nanos) {
    if (nanos > 0) {
      LockSupport.parkNanos(blocker, nanos);
    }
  }
}
