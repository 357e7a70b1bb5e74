package org.skep.cli.ctl;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.skep.cli.quantity.Sizes;

/// How far a resync is in bytes and how fast: what the users of the model miss in its statistics.
///
/// @param doneBytes what was gone through, whether it was compared or copied as it is
record ResyncPace(
    boolean running, long toGoBytes, long doneBytes, long sentBytes, long bytesPerSecond) {
  private static final int BAR_LENGTH = 30;

  /// `Job start time` and `Job end time`, as far as there are any.
  static List<String> times(long startEpochSeconds, long endEpochSeconds) {
    List<String> lines = new ArrayList<>();
    if (startEpochSeconds != 0) {
      lines.add("Job start time: " + Instant.ofEpochSecond(startEpochSeconds));
    }
    if (endEpochSeconds != 0) {
      lines.add("Job end time: " + Instant.ofEpochSecond(endEpochSeconds));
    }
    return lines;
  }

  static String number(long count) {
    return Long.toUnsignedString(count);
  }

  List<String> lines() {
    return List.of(
        "# of bytes to go: " + number(toGoBytes),
        "# of bytes done: " + number(doneBytes),
        "# of bytes sent: " + number(sentBytes),
        "Rate: " + Sizes.about((double) bytesPerSecond) + "/s",
        "Time left: " + left());
  }

  private String left() {
    if (!running) {
      return "0 s";
    }
    return bytesPerSecond <= 0 ? "unknown" : duration(Math.ceilDiv(toGoBytes, bytesPerSecond));
  }

  private static String duration(long seconds) {
    if (seconds < 60) {
      return seconds + " s";
    }
    return seconds < 3600
        ? seconds / 60 + " min " + seconds % 60 + " s"
        : seconds / 3600 + " h " + seconds / 60 % 60 + " min";
  }

  /// One line of at most 80 characters.
  String bar() {
    long all = doneBytes + toGoBytes;
    double part = all == 0 ? 0 : (double) doneBytes / all;
    int full = (int) (part * BAR_LENGTH);
    String bar = "=".repeat(full) + " ".repeat(BAR_LENGTH - full);
    return String.format(
        "[%s] %3d%% %s, %s/s, %s left",
        bar,
        (int) (part * 100),
        Sizes.about((double) doneBytes),
        Sizes.about((double) bytesPerSecond),
        left());
  }
}
