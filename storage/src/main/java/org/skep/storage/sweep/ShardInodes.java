package org.skep.storage.sweep;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.route.Router;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.InodesExistReply;
import org.skep.wire.message.InodesExistRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the shards over the network.
public final class ShardInodes implements LivingInodes {
  private static final Logger LOG = LoggerFactory.getLogger(ShardInodes.class);

  /// A shard that is away for longer is asked by the next sweep.
  private static final long WAIT_NANOS = 10_000_000_000L;

  private final Router router;

  public ShardInodes(Router router) {
    this.router = router;
  }

  @Override
  public @Nullable Set<Long> of(int shard, List<Long> inodes) throws InterruptedException {
    InodesExistRequest request = InodesExistRequest.newBuilder().addAllInodes(inodes).build();
    Answer<InodesExistReply> answer =
        router.callShard(shard, Operations.INODES_EXIST, request, 0, 0, WAIT_NANOS);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return switch (answer) {
      case Answer.Done<InodesExistReply>(InodesExistReply reply, int _, long _) ->
          new TreeSet<>(reply.getExistingList());
      case Answer.Refused<InodesExistReply>(Failure failure) -> {
        LOG.info("metadata shard {} is left out of the sweep: {}", shard, failure.detail());
        yield null;
      }
    };
  }
}
