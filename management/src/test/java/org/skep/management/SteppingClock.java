package org.skep.management;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Clock;

/// A clock that stands still but for who waits: a wait takes its time at once.
public final class SteppingClock implements Clock {
  private volatile @Nullable Runnable meanwhile;
  private final AtomicLong nanos = new AtomicLong(1_000_000_000_000L);

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
    Runnable body = meanwhile;
    if (body != null) {
      meanwhile = null;
      body.run();
      meanwhile = body;
    }
  }

  /// Runs this after each wait from now on: what others do meanwhile. Its own waits take only time.
  public void onWait(Runnable body) {
    meanwhile = body;
  }

  public void advanceMillis(long millis) {
    nanos.addAndGet(millis * 1_000_000L);
  }
}
