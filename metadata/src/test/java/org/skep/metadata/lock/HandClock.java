package org.skep.metadata.lock;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.skep.runtime.port.Clock;

/// A clock that a test moves by hand. Threads that park wait until they are unparked, as no time
/// passes by itself.
public final class HandClock implements Clock {
  private final AtomicLong nanos = new AtomicLong(1_000_000_000_000L);

  private volatile boolean jumping;

  public void advance(long byNanos) {
    nanos.addAndGet(byNanos);
  }

  /// From now on nobody waits: who parks for a time finds that it has passed.
  public void jump(boolean on) {
    jumping = on;
  }

  @Override
  public long nanoTime() {
    return nanos.get();
  }

  @Override
  public long epochNanos() {
    return nanos.get();
  }

  @Override
  public void parkNanos(Object blocker, long forNanos) {
    if (jumping) {
      advance(Math.max(0, forNanos));
    } else if (forNanos > 0) {
      LockSupport.park(blocker);
    }
  }
}
