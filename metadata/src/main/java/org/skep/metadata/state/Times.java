package org.skep.metadata.state;

import org.skep.runtime.port.Clock;
import org.skep.wire.message.Time;

/// Between the clock and the wire's time stamps.
public final class Times {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private Times() {}

  public static Time now(Clock clock) {
    long nanos = clock.epochNanos();
    return Time.newBuilder()
        .setSeconds(Math.floorDiv(nanos, NANOS_PER_SECOND))
        .setNanos((int) Math.floorMod(nanos, NANOS_PER_SECOND))
        .build();
  }

  /// Whether a time from the wire is one.
  public static boolean isValid(Time time) {
    return time.getNanos() >= 0 && time.getNanos() < NANOS_PER_SECOND;
  }
}
