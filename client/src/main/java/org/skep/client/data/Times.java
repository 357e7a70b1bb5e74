package org.skep.client.data;

import java.util.concurrent.TimeUnit;
import org.skep.wire.message.Time;

/// Times of inodes.
final class Times {
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long DAY_NANOS = TimeUnit.DAYS.toNanos(1);

  private Times() {}

  static Time of(long epochNanos) {
    return Time.newBuilder()
        .setSeconds(Math.floorDiv(epochNanos, SECOND_NANOS))
        .setNanos((int) Math.floorMod(epochNanos, SECOND_NANOS))
        .build();
  }

  static boolean before(Time one, Time other) {
    return one.getSeconds() != other.getSeconds()
        ? one.getSeconds() < other.getSeconds()
        : one.getNanos() < other.getNanos();
  }

  /// The rule of relatime: a reading is noted if the last one is not after the last change, or a
  /// day old.
  static boolean readingCounts(Time atime, Time mtime, Time ctime, long nowEpochNanos) {
    return !before(mtime, atime)
        || !before(ctime, atime)
        || before(atime, of(nowEpochNanos - DAY_NANOS));
  }
}
