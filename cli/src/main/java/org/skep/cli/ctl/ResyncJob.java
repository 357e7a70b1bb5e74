package org.skep.cli.ctl;

import java.util.List;
import java.util.Map;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.status.GroupConnection;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.NodeKind;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.ResyncStatsReply;
import org.skep.wire.message.ResyncStatsRequest;
import org.skep.wire.message.ShardResyncStatsReply;
import org.skep.wire.message.ShardResyncStatsRequest;

/// What a group's primary says of its resync, whatever the kind of the group.
///
/// @param lines what `--resyncstats` shows
/// @param json all that is known
/// @param bar one line of at most 80 characters for `--watch`
record ResyncJob(State state, List<String> lines, Map<String, Object> json, String bar) {

  /// The model's words.
  enum State {
    NOT_STARTED("Not started"),
    RUNNING("Running"),
    COMPLETED("Completed successfully"),
    INTERRUPTED("Interrupted"),
    FAILED("Failed"),
    COMPLETED_WITH_ERRORS("Completed with errors"),
    UNRECOGNIZED("unknown");

    private final String label;

    State(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  /// @throws CommandFailure if the primary does not answer
  static ResyncJob ask(GroupConnection groups, BuddyGroup group) {
    return group.kind() == NodeKind.METADATA
        ? of(
            group,
            groups.askShard(
                group.id(),
                Operations.SHARD_RESYNC_STATS,
                ShardResyncStatsRequest.getDefaultInstance()))
        : ofStorage(
            group,
            groups.ask(
                group.id(), Operations.RESYNC_STATS, ResyncStatsRequest.getDefaultInstance()));
  }

  private static ResyncJob of(BuddyGroup group, Answer<ShardResyncStatsReply> answer) {
    return switch (answer) {
      case Answer.Done<ShardResyncStatsReply> done -> ShardResyncText.job(done.reply());
      case Answer.Refused<ShardResyncStatsReply>(Failure failure) -> throw failed(group, failure);
    };
  }

  private static ResyncJob ofStorage(BuddyGroup group, Answer<ResyncStatsReply> answer) {
    return switch (answer) {
      case Answer.Done<ResyncStatsReply> done -> ResyncText.job(done.reply());
      case Answer.Refused<ResyncStatsReply>(Failure failure) -> throw failed(group, failure);
    };
  }

  private static CommandFailure failed(BuddyGroup group, Failure failure) {
    return new CommandFailure(
        "mirror group " + group.id() + " does not answer: " + failure.detail());
  }
}
