package org.skep.management.operation;

import java.io.IOException;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.RetireShardReply;
import org.skep.wire.message.RetireShardRequest;
import org.skep.wire.message.ShardContentMessage;
import org.skep.wire.message.ShardContentsReply;
import org.skep.wire.message.ShardContentsRequest;

/// What the shards without a secondary hold, for who plans groups: an empty one can be given up.
/// Asks one after the other, for four seconds at most; later ones are not known then.
public final class ShardContents implements Handler<ShardContentsRequest, ShardContentsReply> {
  private static final long ASK_NANOS_MAX = 4_000_000_000L;

  private final Desk desk;

  public ShardContents(Desk desk) {
    this.desk = desk;
  }

  @Override
  public Outcome<ShardContentsReply> handle(ShardContentsRequest request, Exchange exchange) {
    Failure refusal = desk.unlessLeader();
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    ClusterMap map = desk.machine().map();
    long end = desk.now() + ASK_NANOS_MAX;
    ShardContentsReply.Builder reply = ShardContentsReply.newBuilder();
    for (BuddyGroup shard : map.groupsOf(NodeKind.METADATA)) {
      if (!shard.isPair()) {
        reply.addShards(content(map, shard, end));
      }
    }
    return Outcome.done(reply.build());
  }

  private ShardContentMessage content(ClusterMap map, BuddyGroup shard, long end) {
    ShardContentMessage.Builder content =
        ShardContentMessage.newBuilder()
            .setShard(shard.id())
            .setRoot(shard.id() == map.rootShard());
    Target target = map.target(shard.kind(), shard.primary());
    Node node = map.nodeOfTarget(shard.kind(), shard.primary());
    if (target == null || node == null || target.reachability() == Reachability.OFFLINE) {
      return content.setReason("it is Offline").build();
    }
    if (desk.now() >= end) {
      return content.setReason("others did not answer in time").build();
    }
    RetireShardRequest look =
        RetireShardRequest.newBuilder().setIncarnation(node.incarnation()).setLook(true).build();
    try {
      switch (desk.shards().ask(node, shard, look)) {
        case Answer.Done<RetireShardReply> done ->
            content
                .setKnown(true)
                .setInodes(done.reply().getInodes())
                .setIntents(done.reply().getIntents());
        case Answer.Refused<RetireShardReply>(Failure failure) ->
            content.setReason(failure.detail());
      }
    } catch (IOException e) {
      content.setReason(String.valueOf(e.getMessage()));
    }
    return content.build();
  }
}
