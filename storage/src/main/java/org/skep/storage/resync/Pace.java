package org.skep.storage.resync;

import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;

/// Lets so many bytes pass in a second, all workers together. Any thread may call it.
final class Pace {
  private static final long SECOND_NANOS = 1_000_000_000L;

  private final Clock clock;
  private final long bytesPerSecond;
  private final Gate gate;
  // guarded by gate: when all that has passed is paid for
  private long paidNanos;

  /// @param bytesPerSecond 0: no limit
  Pace(Clock clock, long bytesPerSecond) {
    this.clock = clock;
    this.bytesPerSecond = bytesPerSecond;
    gate = new Gate(clock);
    paidNanos = clock.nanoTime();
  }

  /// Waits until what passed before is paid for. Nothing may be locked by the caller.
  void await(long bytes) throws InterruptedException {
    if (bytesPerSecond == 0) {
      return;
    }
    long costNanos = (long) ((double) bytes / bytesPerSecond * SECOND_NANOS);
    long start;
    gate.lock();
    try {
      start = Math.max(paidNanos, clock.nanoTime());
      paidNanos = start + costNanos;
    } finally {
      gate.unlock();
    }
    clock.sleepNanos(start - clock.nanoTime());
  }
}
