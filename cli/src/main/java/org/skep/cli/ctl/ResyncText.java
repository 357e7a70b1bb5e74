package org.skep.cli.ctl;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.skep.cli.quantity.Sizes;
import org.skep.wire.message.ResyncStatsReply;

/// What `--resyncstats` shows: the model's lines in their order, then what its users miss.
final class ResyncText {
  private static final int BAR_LENGTH = 30;

  private ResyncText() {}

  static List<String> lines(ResyncStatsReply stats) {
    List<String> lines = new ArrayList<>();
    lines.add("Job state: " + state(stats));
    if (stats.getStartEpochSeconds() != 0) {
      lines.add("Job start time: " + Instant.ofEpochSecond(stats.getStartEpochSeconds()));
    }
    if (stats.getEndEpochSeconds() != 0) {
      lines.add("Job end time: " + Instant.ofEpochSecond(stats.getEndEpochSeconds()));
    }
    lines.add("# of discovered dirs: " + number(stats.getDiscoveredDirectories()));
    lines.add("# of discovered files: " + number(stats.getDiscoveredFiles()));
    lines.add("# of dir sync candidates: " + number(stats.getDirectoryCandidates()));
    lines.add("# of file sync candidates: " + number(stats.getFileCandidates()));
    lines.add("# of synced dirs: " + number(stats.getSyncedDirectories()));
    lines.add("# of synced files: " + number(stats.getSyncedFiles()));
    lines.add("# of dir sync errors: " + number(stats.getDirectoryErrors()));
    lines.add("# of file sync errors: " + number(stats.getFileErrors()));
    lines.add("# of bytes to go: " + number(stats.getBytesToGo()));
    lines.add("# of bytes done: " + number(done(stats)));
    lines.add("# of bytes sent: " + number(stats.getBytesSent()));
    lines.add("Rate: " + Sizes.about((double) stats.getBytesPerSecond()) + "/s");
    lines.add("Time left: " + left(stats));
    if (!stats.getReason().isEmpty()) {
      lines.add("Reason: " + stats.getReason());
    }
    return lines;
  }

  private static String number(long count) {
    return Long.toUnsignedString(count);
  }

  private static String state(ResyncStatsReply stats) {
    return switch (stats.getState()) {
      case NOT_STARTED -> "Not started";
      case RUNNING -> "Running";
      case COMPLETED -> "Completed successfully";
      case INTERRUPTED -> "Interrupted";
      case FAILED -> "Failed";
      case COMPLETED_WITH_ERRORS -> "Completed with errors";
      case UNRECOGNIZED -> "unknown";
    };
  }

  /// What was gone through, whether it was compared or copied as it is.
  private static long done(ResyncStatsReply stats) {
    return Math.max(stats.getBytesCompared(), stats.getBytesSent());
  }

  private static String left(ResyncStatsReply stats) {
    if (stats.getState() != ResyncStatsReply.State.RUNNING) {
      return "0 s";
    }
    long rate = stats.getBytesPerSecond();
    return rate <= 0 ? "unknown" : duration(Math.ceilDiv(stats.getBytesToGo(), rate));
  }

  private static String duration(long seconds) {
    if (seconds < 60) {
      return seconds + " s";
    }
    return seconds < 3600
        ? seconds / 60 + " min " + seconds % 60 + " s"
        : seconds / 3600 + " h " + seconds / 60 % 60 + " min";
  }

  /// One line of at most 80 characters for `--watch`.
  static String bar(ResyncStatsReply stats) {
    long done = done(stats);
    long all = done + stats.getBytesToGo();
    double part = all == 0 ? 0 : (double) done / all;
    int full = (int) (part * BAR_LENGTH);
    String bar = "=".repeat(full) + " ".repeat(BAR_LENGTH - full);
    return String.format(
        "[%s] %3d%% %s, %s/s, %s left",
        bar,
        (int) (part * 100),
        Sizes.about((double) done),
        Sizes.about((double) stats.getBytesPerSecond()),
        left(stats));
  }

  /// All that is known, for `--output=json`.
  static Map<String, Object> json(ResyncStatsReply stats) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("mirrorGroupId", stats.getGroupId());
    fields.put("primary", stats.getPrimary());
    fields.put("secondary", stats.getSecondary());
    fields.put("state", state(stats));
    fields.put("startEpochSeconds", stats.getStartEpochSeconds());
    fields.put("endEpochSeconds", stats.getEndEpochSeconds());
    fields.put("discoveredDirectories", stats.getDiscoveredDirectories());
    fields.put("discoveredFiles", stats.getDiscoveredFiles());
    fields.put("directoryCandidates", stats.getDirectoryCandidates());
    fields.put("fileCandidates", stats.getFileCandidates());
    fields.put("syncedDirectories", stats.getSyncedDirectories());
    fields.put("syncedFiles", stats.getSyncedFiles());
    fields.put("directoryErrors", stats.getDirectoryErrors());
    fields.put("fileErrors", stats.getFileErrors());
    fields.put("bytesToGo", stats.getBytesToGo());
    fields.put("bytesCompared", stats.getBytesCompared());
    fields.put("bytesSent", stats.getBytesSent());
    fields.put("bytesPerSecond", stats.getBytesPerSecond());
    fields.put("reason", stats.getReason());
    return fields;
  }
}
