package org.skep.cli.ctl;

import static org.skep.cli.ctl.ResyncPace.number;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.skep.wire.message.ResyncStatsReply;

/// What `--resyncstats` shows: the model's lines in their order, then what its users miss.
final class ResyncText {
  private ResyncText() {}

  static ResyncJob job(ResyncStatsReply stats) {
    ResyncJob.State state = ResyncJob.State.valueOf(stats.getState().name());
    return new ResyncJob(state, lines(stats, state), json(stats, state), pace(stats).bar());
  }

  private static ResyncPace pace(ResyncStatsReply stats) {
    return new ResyncPace(
        stats.getState() == ResyncStatsReply.State.RUNNING,
        stats.getBytesToGo(),
        Math.max(stats.getBytesCompared(), stats.getBytesSent()),
        stats.getBytesSent(),
        stats.getBytesPerSecond());
  }

  private static List<String> lines(ResyncStatsReply stats, ResyncJob.State state) {
    List<String> lines = new ArrayList<>();
    lines.add("Job state: " + state.label());
    lines.addAll(ResyncPace.times(stats.getStartEpochSeconds(), stats.getEndEpochSeconds()));
    lines.add("# of discovered dirs: " + number(stats.getDiscoveredDirectories()));
    lines.add("# of discovered files: " + number(stats.getDiscoveredFiles()));
    lines.add("# of dir sync candidates: " + number(stats.getDirectoryCandidates()));
    lines.add("# of file sync candidates: " + number(stats.getFileCandidates()));
    lines.add("# of synced dirs: " + number(stats.getSyncedDirectories()));
    lines.add("# of synced files: " + number(stats.getSyncedFiles()));
    lines.add("# of dir sync errors: " + number(stats.getDirectoryErrors()));
    lines.add("# of file sync errors: " + number(stats.getFileErrors()));
    lines.addAll(pace(stats).lines());
    if (!stats.getReason().isEmpty()) {
      lines.add("Reason: " + stats.getReason());
    }
    return lines;
  }

  private static Map<String, Object> json(ResyncStatsReply stats, ResyncJob.State state) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("mirrorGroupId", stats.getGroupId());
    fields.put("primary", stats.getPrimary());
    fields.put("secondary", stats.getSecondary());
    fields.put("state", state.label());
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
