package org.skep.runtime.port;

/// Time. Any thread may call it.
public interface Clock {

  /// A monotonic count of nanoseconds from an arbitrary start (CLOCK_MONOTONIC); for measuring and
  /// time-outs.
  long nanoTime();

  /// Nanoseconds since 1970-01-01T00:00Z (CLOCK_REALTIME); for time stamps only, as it can jump.
  long epochNanos();

  /// Parks the calling thread like `LockSupport.parkNanos`: until it is unparked, interrupted, or
  /// the time has passed; may return early for no reason. Returns at once if `nanos` is not
  /// positive.
  void parkNanos(Object blocker, long nanos);

  /// Lets the calling thread wait that long.
  ///
  /// @throws InterruptedException if it is interrupted, before or meanwhile; the interrupt is
  ///   cleared
  default void sleepNanos(long nanos) throws InterruptedException {
    long end = nanoTime() + nanos;
    for (long rest = nanos; rest > 0; rest = end - nanoTime()) {
      parkNanos(this, rest);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }
}
