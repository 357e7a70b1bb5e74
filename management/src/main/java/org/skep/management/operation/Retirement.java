package org.skep.management.operation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.management.state.Command.AddGroups;
import org.skep.management.state.Command.NewGroup;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.RetireShardReply;
import org.skep.wire.message.RetireShardRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The empty shards that go because their targets become secondaries of others. Each is asked to
/// give itself up before the command is submitted: from then on its process makes nothing in it,
/// and the command is void if another process has the target by then. For one request, one thread.
final class Retirement {
  private static final Logger LOGGER = LoggerFactory.getLogger(Retirement.class);

  private final Desk desk;
  // that are given up, or may be
  private final List<BuddyGroup> givenUp = new ArrayList<>();

  Retirement(Desk desk) {
    this.desk = desk;
  }

  /// The command with the processes that would give up the shards.
  static AddGroups named(ClusterMap map, AddGroups command) {
    return new AddGroups(
        command.kind(), command.groups().stream().map(group -> named(map, group)).toList());
  }

  private static NewGroup named(ClusterMap map, NewGroup group) {
    BuddyGroup own = ownShard(map, group);
    Node node = map.nodeOfTarget(NodeKind.METADATA, group.secondary());
    long incarnation = own == null || node == null ? 0 : node.incarnation();
    return new NewGroup(group.groupId(), group.primary(), group.secondary(), incarnation);
  }

  /// What the secondary has to give up; null: nothing, as it is a spare, or in the group already.
  private static @Nullable BuddyGroup ownShard(ClusterMap map, NewGroup group) {
    BuddyGroup own = map.groupOf(NodeKind.METADATA, group.secondary());
    return own == null || own.isPair() ? null : own;
  }

  /// Has the shards of these secondaries given up.
  ///
  /// @return why one was not, or null
  @Nullable Failure carryOut(ClusterMap map, AddGroups command) {
    for (NewGroup group : command.groups()) {
      BuddyGroup own = ownShard(map, group);
      Node node = map.nodeOfTarget(NodeKind.METADATA, group.secondary());
      if (own == null || node == null) {
        continue;
      }
      Failure failure = retire(node, own);
      if (failure != null) {
        return failure;
      }
    }
    return null;
  }

  private @Nullable Failure retire(Node node, BuddyGroup shard) {
    RetireShardRequest request =
        RetireShardRequest.newBuilder().setIncarnation(node.incarnation()).build();
    try {
      return switch (desk.shards().ask(node, shard, request)) {
        case Answer.Done<RetireShardReply> done -> answered(shard, done.reply());
        case Answer.Refused<RetireShardReply>(Failure failure) -> refused(shard, failure);
      };
    } catch (IOException e) {
      givenUp.add(shard);
      return Failure.errno(
          Errno.EBUSY.number(),
          name(shard) + ", and does not answer whether that can be given up: " + e.getMessage());
    }
  }

  private @Nullable Failure answered(BuddyGroup shard, RetireShardReply reply) {
    if (!reply.getRetired()) {
      return Failure.errno(Errno.EBUSY.number(), holds(shard, reply));
    }
    givenUp.add(shard);
    return null;
  }

  /// A shard that is just being started, or has another epoch by now, is asked again by who asks.
  private static Failure refused(BuddyGroup shard, Failure failure) {
    String detail = name(shard) + ", which can't be given up now: " + failure.detail();
    return switch (failure.kind()) {
      case RETRY, STALE_EPOCH, NOT_SERVED -> Failure.retry(detail);
      case ERRNO -> Failure.errno(failure.errno(), detail);
      case MALFORMED, UNRECOGNIZED -> Failure.errno(Errno.EIO.number(), detail);
    };
  }

  private static String holds(BuddyGroup shard, RetireShardReply reply) {
    if (reply.getRoot()) {
      return name(shard) + ", which holds the root directory";
    }
    String intents =
        reply.getIntents() == 0 ? "" : " and " + reply.getIntents() + " interrupted changes";
    return name(shard)
        + ", which holds "
        + reply.getInodes()
        + (reply.getInodes() == 1 ? " file or directory" : " files and directories")
        + intents
        + ": only an empty one can be given up";
  }

  private static String name(BuddyGroup shard) {
    return "meta target " + shard.primary() + " serves shard " + shard.id();
  }

  /// Nothing came of it: the shards that are still their targets' own take part again. To be called
  /// only if it is decided that the command had no effect.
  void undo() {
    ClusterMap map = desk.machine().map();
    for (BuddyGroup shard : givenUp) {
      Node node = map.nodeOfTarget(NodeKind.METADATA, shard.primary());
      if (node != null
          && shard.equals(map.group(NodeKind.METADATA, shard.id()))
          && desk.log().isLeader()) {
        undo(node, shard);
      }
    }
  }

  private void undo(Node node, BuddyGroup shard) {
    RetireShardRequest request =
        RetireShardRequest.newBuilder().setIncarnation(node.incarnation()).setUndo(true).build();
    String reason = null;
    try {
      if (desk.shards().ask(node, shard, request)
          instanceof Answer.Refused<RetireShardReply>(Failure failure)) {
        boolean another =
            failure.kind() == FailureMessage.Kind.ERRNO && failure.errno() == Errno.ESTALE.number();
        reason = another ? null : failure.detail();
      }
    } catch (IOException e) {
      reason = e.getMessage();
    }
    if (reason != null) {
      LOGGER
          .atWarn()
          .addKeyValue("shard", shard.id())
          .addKeyValue("node", node.id())
          .addKeyValue("reason", reason)
          .log(
              "a shard that was to be given up may go on refusing to make anything until its server is restarted");
    }
  }
}
