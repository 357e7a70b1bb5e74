package org.skep.client.call;

import com.google.protobuf.MessageLite;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Ids;
import org.skep.cluster.Layout;
import org.skep.cluster.StripePattern;
import org.skep.linux.Errno;
import org.skep.runtime.route.Sequencer;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.message.FailureMessage;

/// Requests whose refusals are [ErrnoException]s. Any thread may call it.
public final class Calls {
  private final Servers servers;
  private final Sequencer sequences = new Sequencer();
  private final IntConsumer shardUsed;

  /// @param shardUsed called with the shard before each request to one; must be quick
  public Calls(Servers servers, IntConsumer shardUsed) {
    this.servers = servers;
    this.shardUsed = shardUsed;
  }

  public ClusterMap map() {
    return servers.map();
  }

  /// A request that changes nothing, to the shard of the inode.
  public <Q extends MessageLite, R extends MessageLite> R read(
      long inode, Operation<Q, R> operation, Q request) throws ErrnoException {
    return result(
            operation,
            servers.shard(shard(inode), operation, request, 0, sequences.completedBelow()))
        .reply();
  }

  /// A change, to the shard of the inode; carried out once however often it is sent.
  public <Q extends MessageLite, R extends MessageLite> R change(
      long inode, Operation<Q, R> operation, Q request) throws ErrnoException {
    return changeShard(shard(inode), operation, request);
  }

  /// A change, to that shard.
  public <Q extends MessageLite, R extends MessageLite> R changeShard(
      int shard, Operation<Q, R> operation, Q request) throws ErrnoException {
    long sequence = sequences.begin();
    try {
      return result(
              operation,
              servers.shard(shard, operation, request, sequence, sequences.completedBelow()))
          .reply();
    } finally {
      sequences.end(sequence);
    }
  }

  /// A request to the target or group of a stripe.
  public <Q extends MessageLite, R extends MessageLite> Answer.Done<R> stripe(
      Layout layout,
      int stripe,
      Operation<Q, R> operation,
      Q request,
      @Nullable ByteBuffer bulkOut,
      @Nullable ByteBuffer bulkIn)
      throws ErrnoException {
    boolean group = layout.kind() == StripePattern.Kind.BUDDY_MIRROR;
    return result(
        operation,
        servers.storage(group, layout.stripes().get(stripe), operation, request, bulkOut, bulkIn));
  }

  public <Q extends MessageLite, R extends MessageLite> R management(
      Operation<Q, R> operation, Q request) throws ErrnoException {
    return result(operation, servers.management(operation, request)).reply();
  }

  private int shard(long inode) throws ErrnoException {
    if (!Ids.isInode(inode)) {
      throw new ErrnoException(Errno.ESTALE.number(), "no inode: " + Ids.text(inode));
    }
    int shard = Ids.shardOf(inode);
    shardUsed.accept(shard);
    return shard;
  }

  private static <R> Answer.Done<R> result(Operation<?, ?> operation, Answer<R> answer)
      throws ErrnoException {
    return switch (answer) {
      case Answer.Done<R> done -> done;
      case Answer.Refused<R> refused -> throw exception(operation, refused.failure());
    };
  }

  private static ErrnoException exception(Operation<?, ?> operation, Failure failure) {
    boolean own = failure.kind() == FailureMessage.Kind.ERRNO;
    return new ErrnoException(
        own ? failure.errno() : Errno.EIO.number(),
        operation.name() + ": " + (own ? "" : failure.kind() + ": ") + failure.detail());
  }
}
