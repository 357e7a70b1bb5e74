package org.skep.client.call;

import com.google.protobuf.MessageLite;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.ToLongFunction;
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
import org.skep.wire.Operations;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.SyncMetadataReply;
import org.skep.wire.message.SyncMetadataRequest;

/// Requests whose refusals are [ErrnoException]s. Any thread may call it.
public final class Calls {
  private final Servers servers;
  private final Sequencer sequences = new Sequencer();
  private final UnsyncedChanges unsynced = new UnsyncedChanges();
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

  /// A change, to the shard of the inode; carried out once however often it is sent. A later
  /// [#sync] of the inode is about it.
  public <Q extends MessageLite, R extends MessageLite> R change(
      long inode, Operation<Q, R> operation, Q request) throws ErrnoException {
    return change(inode, operation, request, reply -> inode);
  }

  /// A change of two inodes, to the shard of the first.
  ///
  /// @param second finds the other inode in the reply
  public <Q extends MessageLite, R extends MessageLite> R change(
      long inode, Operation<Q, R> operation, Q request, ToLongFunction<R> second)
      throws ErrnoException {
    return change(inode, operation, request, second, false);
  }

  /// @param settled whether the change must be over when this returns, as the order of other things
  ///   depends on it: an interrupt does not end the wait then, and is restored
  public <Q extends MessageLite, R extends MessageLite> R change(
      long inode, Operation<Q, R> operation, Q request, boolean settled) throws ErrnoException {
    return change(inode, operation, request, reply -> inode, settled);
  }

  private <Q extends MessageLite, R extends MessageLite> R change(
      long inode, Operation<Q, R> operation, Q request, ToLongFunction<R> second, boolean settled)
      throws ErrnoException {
    int shard = shard(inode);
    long sequence = sequences.begin();
    try {
      Request<Answer.Done<R>> sent =
          () ->
              result(
                  operation,
                  servers.shard(shard, operation, request, sequence, sequences.completedBelow()));
      Answer.Done<R> done = settled ? settled(sent) : sent.send();
      acknowledged(inode, second.applyAsLong(done.reply()), done.batch());
      return done.reply();
    } finally {
      sequences.end(sequence);
    }
  }

  /// Sends a request until it is over: an interrupt does not end the wait, and is restored. The
  /// request is sent again after it, so it must be one that does no harm when repeated.
  public static <T> T settled(Request<T> request) throws ErrnoException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return request.send();
        } catch (ErrnoException e) {
          if (e.errno() != Errno.EINTR.number() || !Thread.interrupted()) {
            throw e;
          }
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// A request, to be sent once or again.
  @FunctionalInterface
  public interface Request<T> {
    T send() throws ErrnoException;
  }

  /// What concerns another shard as well is durable when it is answered.
  private void acknowledged(long inode, long second, long batch) {
    if (batch == 0) {
      return;
    }
    unsynced.add(inode, batch);
    if (second != inode && Ids.shardOf(second) == Ids.shardOf(inode)) {
      unsynced.add(second, batch);
    }
  }

  /// Puts what the inode's shard has acknowledged on its disk.
  ///
  /// @return false if changes of the inode that were acknowledged to this client since its last
  ///   sync were lost before, with the power of the shard's host; that is said once
  public boolean sync(long inode) throws ErrnoException {
    List<Long> asked = unsynced.of(inode);
    SyncMetadataReply reply = sync(inode, asked);
    unsynced.answered(inode, asked, reply.getBatch());
    return !reply.getLost();
  }

  /// As [#sync], of all inodes of the shard.
  public boolean syncShard(int shard) throws ErrnoException {
    List<Long> asked = unsynced.ofShard(shard);
    // A shard syncs all it has, whatever the inode; this one need not exist.
    SyncMetadataReply reply = sync(Ids.inode(shard, Ids.ROOT_COUNTER), asked);
    unsynced.answeredShard(shard, asked, reply.getBatch());
    return !reply.getLost();
  }

  private SyncMetadataReply sync(long inode, List<Long> batches) throws ErrnoException {
    SyncMetadataRequest request =
        SyncMetadataRequest.newBuilder().setInode(inode).addAllBatches(batches).build();
    return read(inode, Operations.SYNC_METADATA, request);
  }

  /// What a sync that has found a loss fails with.
  public static ErrnoException loss(String what) {
    return new ErrnoException(
        Errno.EIO.number(),
        what + ": changes that were not synced were lost with the power of a metadata host");
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

  /// A read from the target of a stripe, or from either member of its group.
  ///
  /// @param turn spreads the reads over the members
  public <Q extends MessageLite, R extends MessageLite> Answer.Done<R> readStripe(
      Layout layout,
      int stripe,
      long turn,
      Operation<Q, R> operation,
      Q request,
      @Nullable ByteBuffer bulkIn)
      throws ErrnoException {
    int id = layout.stripes().get(stripe);
    return result(
        operation,
        layout.kind() == StripePattern.Kind.BUDDY_MIRROR
            ? servers.readGroup(id, turn, operation, request, bulkIn)
            : servers.storage(false, id, operation, request, null, bulkIn));
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
