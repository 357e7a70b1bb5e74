package org.skep.cli.ctl;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.GroupConnection;
import org.skep.cli.status.ManagementConnection;
import org.skep.cli.terminal.Terminal;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `--resyncstats`: how far the resync of a group is, or how its last one ended.
@Command(
    name = "--resyncstats",
    mixinStandardHelpOptions = true,
    description = "Shows how far the resync of a mirror group is, or how the last one ended.",
    footer = {
      "",
      "Examples:",
      "  skep ctl --resyncstats --nodetype=storage --mirrorgroupid=1",
      "  skep ctl --resyncstats --nodetype=meta --mirrorgroupid=1",
      "  skep mirror resync stats --targetid=3012 --watch",
      "With --watch the exit code is 0 if it completed, 2 with errors, 1 if it failed or was"
          + " interrupted."
    })
final class ResyncStats extends ClusterCommand {
  @Mixin private GroupChoice choice;

  @Option(names = "--watch", description = "Goes on, with a progress bar, until the job ends.")
  private boolean watch;

  @Mixin private OutputOption output;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixin before it runs the command
  ResyncStats() {}

  @Override
  public Integer call() {
    choice.check(spec());
    try (ManagementConnection management = connect(locate(Optional.empty()))) {
      ClusterMap map = status(management).map();
      BuddyGroup group = choice.find(map);
      try (GroupConnection groups = management.groups(map, timeoutNanos())) {
        ResyncJob first = ResyncJob.ask(groups, group);
        ResyncJob job = watch ? watch(management, groups, group, first) : first;
        print(output.lines(job::lines, job::json));
        return watch ? outcome(job) : ExitCode.DONE;
      }
    }
  }

  /// A job that was interrupted is resumed by itself: the watch ends when nothing is to be expected
  /// any more.
  private ResyncJob watch(
      ManagementConnection management, GroupConnection groups, BuddyGroup group, ResyncJob first) {
    ResyncJob job = first;
    boolean terminal = Terminal.isError();
    try {
      while (job.state() == ResyncJob.State.RUNNING
          || isExpected(status(management).map(), group)) {
        show(job.bar(), terminal);
        TimeUnit.SECONDS.sleep(1);
        job = ResyncJob.ask(groups, group);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted");
    } finally {
      if (terminal) {
        show("", true);
      }
    }
    return job;
  }

  private static boolean isExpected(ClusterMap map, BuddyGroup before) {
    BuddyGroup group = map.group(before.kind(), before.id());
    Target secondary = group == null ? null : map.target(group.kind(), group.secondary());
    return secondary != null
        && secondary.reachability() != Reachability.OFFLINE
        && secondary.consistency() == Consistency.NEEDS_RESYNC;
  }

  private void show(String line, boolean terminal) {
    var err = spec().commandLine().getErr();
    if (terminal) {
      err.print("\r\u001b[K" + line);
    } else {
      err.println(line);
    }
    err.flush();
  }

  private static int outcome(ResyncJob job) {
    return switch (job.state()) {
      case NOT_STARTED, RUNNING, COMPLETED -> ExitCode.DONE;
      case COMPLETED_WITH_ERRORS -> ExitCode.PARTLY;
      case INTERRUPTED, FAILED, UNRECOGNIZED -> ExitCode.FAILED;
    };
  }
}
