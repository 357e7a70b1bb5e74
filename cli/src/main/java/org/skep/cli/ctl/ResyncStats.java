package org.skep.cli.ctl;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.skep.cli.json.JsonText;
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
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.ResyncStatsReply;
import org.skep.wire.message.ResyncStatsRequest;
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
      "  skep mirror resync stats --targetid=3012 --watch",
      "With --watch the exit code is 0 if it completed, 2 with errors, 1 if it failed or was"
          + " interrupted."
    })
final class ResyncStats extends ClusterCommand {
  @Mixin private GroupChoice choice;

  @Option(names = "--watch", description = "Goes on, with a progress bar, until the job ends.")
  private boolean watch;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private OutputFormat output = OutputFormat.text;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixin before it runs the command
  ResyncStats() {}

  @Override
  public Integer call() {
    choice.check(spec());
    try (ManagementConnection management = connect(locate(Optional.empty()))) {
      ClusterMap map = status(management).map();
      BuddyGroup group = choice.find(map);
      try (GroupConnection groups = management.groups(map, timeoutNanos())) {
        ResyncStatsReply stats = ask(groups, group);
        if (watch) {
          stats = watch(management, groups, group, stats);
        }
        print(
            switch (output) {
              case text -> ResyncText.lines(stats);
              case json -> List.of(JsonText.of(ResyncText.json(stats)));
            });
        return watch ? outcome(stats) : ExitCode.DONE;
      }
    }
  }

  private static ResyncStatsReply ask(GroupConnection groups, BuddyGroup group) {
    ResyncStatsRequest request = ResyncStatsRequest.getDefaultInstance();
    return switch (groups.ask(group.id(), Operations.RESYNC_STATS, request)) {
      case Answer.Done<ResyncStatsReply> done -> done.reply();
      case Answer.Refused<ResyncStatsReply>(Failure failure) ->
          throw new CommandFailure(
              "mirror group " + group.id() + " does not answer: " + failure.detail());
    };
  }

  /// A job that was interrupted is resumed by itself: the watch ends when nothing is to be expected
  /// any more.
  private ResyncStatsReply watch(
      ManagementConnection management,
      GroupConnection groups,
      BuddyGroup group,
      ResyncStatsReply first) {
    ResyncStatsReply stats = first;
    boolean terminal = Terminal.isError();
    try {
      while (stats.getState() == ResyncStatsReply.State.RUNNING
          || isExpected(status(management).map(), group)) {
        show(ResyncText.bar(stats), terminal);
        TimeUnit.SECONDS.sleep(1);
        stats = ask(groups, group);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted");
    } finally {
      if (terminal) {
        show("", true);
      }
    }
    return stats;
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

  private static int outcome(ResyncStatsReply stats) {
    return switch (stats.getState()) {
      case NOT_STARTED, RUNNING, COMPLETED -> ExitCode.DONE;
      case COMPLETED_WITH_ERRORS -> ExitCode.PARTLY;
      case INTERRUPTED, FAILED, UNRECOGNIZED -> ExitCode.FAILED;
    };
  }
}
