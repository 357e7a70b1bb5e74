package org.skep.management.operation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Node;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.RetireShardReply;
import org.skep.wire.message.RetireShardRequest;

/// Metadata shards as management sees them.
final class TwinShards implements ShardDoor {
  final List<String> log = new ArrayList<>();
  final Map<Integer, Long> inodes = new HashMap<>();
  final Set<Integer> silent = new TreeSet<>();
  final Set<Integer> starting = new TreeSet<>();
  final Set<Integer> retired = new TreeSet<>();
  Runnable onRetire = () -> {};

  @Override
  public Answer<RetireShardReply> ask(Node node, BuddyGroup shard, RetireShardRequest request)
      throws IOException {
    String what = request.getLook() ? "look" : request.getUndo() ? "undo" : "retire";
    log.add(
        what + " " + shard.id() + " epoch " + shard.epoch() + " of " + request.getIncarnation());
    if (silent.contains(shard.id())) {
      throw new IOException("timed out");
    }
    if (starting.contains(shard.id())) {
      return new Answer.Refused<>(Failure.retry("the shard is being opened"));
    }
    long held = inodes.getOrDefault(shard.id(), 0L);
    if (request.getUndo()) {
      retired.remove(shard.id());
    } else if (!request.getLook() && held == 0) {
      retired.add(shard.id());
      onRetire.run();
    }
    return new Answer.Done<>(
        RetireShardReply.newBuilder()
            .setRetired(retired.contains(shard.id()))
            .setInodes(held)
            .build(),
        0);
  }
}
