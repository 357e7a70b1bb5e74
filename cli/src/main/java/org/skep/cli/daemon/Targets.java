package org.skep.cli.daemon;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.settings.ServerSettings;
import org.skep.runtime.config.Configuration;

/// The target directories of a server with their wanted ids.
final class Targets {

  /// @param targetId 0: as in the directory, or given out
  record Wanted(Path path, int targetId) {}

  private Targets() {}

  static List<Wanted> of(Configuration configuration) {
    List<String> paths = DaemonCommand.value(configuration, ServerSettings.TARGETS);
    List<Integer> ids = DaemonCommand.value(configuration, ServerSettings.TARGET_IDS);
    if (paths.isEmpty()) {
      throw new CommandFailure("targets is empty: give at least one target directory");
    }
    if (!ids.isEmpty() && ids.size() != paths.size()) {
      throw new CommandFailure(
          paths.size() + " targets, but " + ids.size() + " target-ids: give one for each, or none");
    }
    List<Wanted> wanted = new ArrayList<>();
    for (int i = 0; i < paths.size(); i++) {
      wanted.add(new Wanted(Path.of(paths.get(i)), ids.isEmpty() ? 0 : ids.get(i)));
    }
    return wanted;
  }
}
