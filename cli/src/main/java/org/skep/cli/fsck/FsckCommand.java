package org.skep.cli.fsck;

import java.util.List;
import java.util.Optional;
import org.skep.cli.ctl.ClusterCommand;
import org.skep.cli.ctl.OutputOption;
import org.skep.cli.json.JsonText;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.GroupConnection;
import org.skep.cli.status.ManagementConnection;
import org.skep.cluster.ClusterMap;
import org.skep.fsck.Finding;
import org.skep.fsck.Fsck;
import org.skep.fsck.Report;
import org.skep.fsck.Settings;
import org.skep.runtime.real.RealPorts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `skep fsck`: checks a whole cluster while it is used.
@Command(
    name = "fsck",
    mixinStandardHelpOptions = true,
    description = {
      "Checks the whole cluster, while it is used: names, inodes and link counts, the tree, files and",
      "their chunk files, the copies of mirrored data and metadata, changes that nobody finishes.",
      "Applications go on; what is in motion is looked at again and not reported."
    },
    footer = {
      "",
      "--repair repairs what can be repaired without guessing, and says what it did. An inode without",
      "a name gets one in /lost+found. It asks before it removes anything; no answer means no.",
      "",
      "Exit codes: 0 nothing is wrong, or everything wrong was repaired; 1 damage is left, or the check",
      "failed; 2 nothing wrong was found, but not all could be checked; 64 wrong usage.",
      "",
      "Examples:",
      "  skep fsck",
      "  skep fsck --quick --output=json",
      "  skep fsck --repair --yes"
    })
public final class FsckCommand extends ClusterCommand {
  @Option(names = "--repair", description = "Repairs what can be repaired without guessing.")
  private boolean repair;

  @Option(names = "--yes", description = "Answers questions of --repair with yes.")
  private boolean yes;

  @Option(
      names = "--quick",
      description =
          "Compares only which chunk files the members of mirror groups have, and their lengths:"
              + " comparing the content reads all mirrored data.")
  private boolean quick;

  @Mixin private OutputOption output;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixin before it runs the command
  public FsckCommand() {}

  @Override
  public Integer call() {
    try (ManagementConnection management = connect(locate(Optional.empty()))) {
      ClusterMap map = status(management).map();
      if (map.rootShard() == 0) {
        throw new CommandFailure(
            "the cluster has no metadata server yet: there is nothing to check");
      }
      try (GroupConnection servers = management.groups(map, timeoutNanos());
          FsckScreen screen = new FsckScreen(spec().commandLine(), output.format(), yes)) {
        Fsck fsck =
            new Fsck(
                RealPorts.create().clock(),
                servers.router(),
                servers.maps(),
                new Settings(repair, !quick),
                screen);
        Report report = fsck.run();
        screen.clear();
        print(
            switch (output.format()) {
              case text -> FsckText.summary(report, repair);
              case json -> List.of(JsonText.of(FsckText.json(report)));
            });
        return exitCode(report);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CommandFailure("interrupted");
      }
    }
  }

  private static int exitCode(Report report) {
    if (report.count(Finding.Outcome.LEFT) > 0) {
      return ExitCode.FAILED;
    }
    return report.gaps().isEmpty() ? ExitCode.DONE : ExitCode.PARTLY;
  }
}
