package org.skep.cli.ctl;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.GroupConnection;
import org.skep.cli.status.ManagementConnection;
import org.skep.cli.terminal.Progress;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.StartResyncReply;
import org.skep.wire.message.StartResyncRequest;
import org.skep.wire.message.StartShardResyncReply;
import org.skep.wire.message.StartShardResyncRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `--startresync`: has a group's primary bring the secondary up to date.
@Command(
    name = "--startresync",
    mixinStandardHelpOptions = true,
    description = {
      "Brings the secondary of a mirror group up to date from its primary.",
      "That happens by itself when a target returns. Without a time only what differs is copied;"
          + " with --timestamp or --timespan, which are for storage, all chunk files that changed"
          + " since are, and with --timestamp=0 all there are."
    },
    footer = {
      "",
      "Examples:",
      "  skep ctl --startresync --nodetype=storage --targetid=3012 --timestamp=0 --restart",
      "  skep ctl --startresync --mirrorgroupid=2 --timespan=90m",
      "  skep ctl --startresync --nodetype=meta --nodeid=201",
      "  skep mirror resync start --targetid=3012"
    })
sealed class StartResync extends ClusterCommand permits RestartResync {
  @Mixin private GroupChoice choice;

  @Option(
      names = "--timestamp",
      paramLabel = "SECONDS",
      description = "Copies what changed since this Unix time; 0: everything.")
  private @Nullable Long timestamp;

  @Option(
      names = "--timespan",
      paramLabel = "SPAN",
      converter = TimeSpans.class,
      description = "Copies what changed in this time: a number with s, m, h or d.")
  private @Nullable Long timespanSeconds;

  @Option(
      names = "--restart",
      description =
          "Aborts a resync that runs; with --timestamp or --timespan only. Without it, a running"
              + " one is an error.")
  private boolean restart;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixin before it runs the command
  StartResync() {}

  /// Whether a running resync is aborted first.
  boolean restart() {
    if (restart && timestamp == null && timespanSeconds == null) {
      throw new ParameterException(
          spec().commandLine(), "--restart goes with --timestamp or --timespan");
    }
    return restart;
  }

  @Override
  public final Integer call() {
    choice.check(spec());
    boolean timed = timestamp != null || timespanSeconds != null;
    if (timed && choice.kind() == NodeKind.METADATA) {
      throw new ParameterException(
          spec().commandLine(), "--timestamp and --timespan are for --nodetype=storage");
    }
    StartResyncRequest request = request();
    try (ManagementConnection management = connect(locate(Optional.empty()))) {
      ClusterMap map = status(management).map();
      BuddyGroup group = choice.find(map);
      check(map, group);
      if (request.getRestart()) {
        print(List.of("Waiting for running resyncs to abort."));
      }
      try (Progress _ = Progress.start("asking the primary of mirror group " + group.id());
          GroupConnection groups = management.groups(map, timeoutNanos())) {
        send(groups, group, request);
      }
      print(List.of("Resync request sent."));
      return ExitCode.DONE;
    }
  }

  private StartResyncRequest request() {
    if (timestamp != null && timespanSeconds != null) {
      throw new ParameterException(spec().commandLine(), "either --timestamp or --timespan");
    }
    if (timestamp != null && timestamp < 0) {
      throw new ParameterException(spec().commandLine(), "--timestamp is before 1970");
    }
    long nowSeconds = System.currentTimeMillis() / 1000;
    if (timestamp != null && timestamp > nowSeconds) {
      throw new ParameterException(
          spec().commandLine(),
          "--timestamp=" + timestamp + " is in the future (now: " + nowSeconds + ")");
    }
    StartResyncRequest.Builder request = StartResyncRequest.newBuilder().setRestart(restart());
    if (timestamp != null) {
      request.setSince(true).setSinceEpochSeconds(timestamp);
    } else if (timespanSeconds != null) {
      request.setSince(true).setSinceEpochSeconds(Math.max(0, nowSeconds - timespanSeconds));
    }
    return request.build();
  }

  private void check(ClusterMap map, BuddyGroup group) {
    Integer target = choice.target(map);
    if (target != null && target == group.primary()) {
      throw new CommandFailure(
          "target "
              + target
              + " is the primary of mirror group "
              + group.id()
              + ": a resync goes from it to its buddy, target "
              + group.secondary()
              + " (--targetid="
              + group.secondary()
              + ")");
    }
    if (!map.hasGoodMember(group)) {
      throw new CommandFailure(
          "no member is Good and online, so nothing can be copied: " + map.describe(group));
    }
  }

  private void send(GroupConnection groups, BuddyGroup group, StartResyncRequest request) {
    if (group.kind() == NodeKind.METADATA) {
      sendToShard(groups, group, request.getRestart());
      return;
    }
    Answer<StartResyncReply> answer = groups.ask(group.id(), Operations.START_RESYNC, request);
    if (answer instanceof Answer.Refused<StartResyncReply>(Failure failure)) {
      throw new CommandFailure(
          isBusy(failure)
              ? "a resync of mirror group "
                  + group.id()
                  + " runs already (--timestamp=0 --restart aborts it and begins anew)"
              : refusal(group, failure));
    }
  }

  /// As with the model it is no error if one runs: it is what was asked for.
  private void sendToShard(GroupConnection groups, BuddyGroup group, boolean restarted) {
    StartShardResyncRequest request =
        StartShardResyncRequest.newBuilder().setRestart(restarted).build();
    Answer<StartShardResyncReply> answer =
        groups.askShard(group.id(), Operations.START_SHARD_RESYNC, request);
    if (answer instanceof Answer.Refused<StartShardResyncReply>(Failure failure)) {
      if (!isBusy(failure)) {
        throw new CommandFailure(refusal(group, failure));
      }
      var err = spec().commandLine().getErr();
      err.println("skep: a resync of mirror group " + group.id() + " runs already, and goes on");
      err.flush();
    }
  }

  private static boolean isBusy(Failure failure) {
    return failure.kind() == FailureMessage.Kind.ERRNO && failure.errno() == Errno.EBUSY.number();
  }

  private static String refusal(BuddyGroup group, Failure failure) {
    return "mirror group " + group.id() + " refuses: " + failure.detail();
  }
}
