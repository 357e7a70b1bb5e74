package org.skep.metadata.serving;

import com.google.protobuf.MessageLite;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.chunk.Chunks;
import org.skep.metadata.state.Shard;
import org.skep.metadata.transaction.Peers;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.LayoutMessage;
import org.skep.wire.message.PatternKind;

/// What one life of a shard does outside of it: nothing that a failover could take back. So nothing
/// leaves before the secondary has the life's beginning, and what can't be undone (a commit, chunks
/// that are cut or removed) waits until it has all that was applied. Once the life is over, nothing
/// new leaves.
final class OutsideCalls implements Peers, Chunks {
  private final Shard shard;
  private final Peers peers;
  private final Chunks chunks;
  // Something may have left that carries the life's number.
  private volatile boolean begun;

  OutsideCalls(Shard shard, Peers peers, Chunks chunks) {
    this.shard = shard;
    this.peers = peers;
    this.chunks = chunks;
  }

  @Override
  public <Q extends MessageLite, R extends MessageLite> Answer<R> call(
      int other, Operation<Q, R> operation, Q request, long waitNanos) throws InterruptedException {
    Failure failure;
    if (operation.equals(Operations.COMMIT)) {
      failure = lasting();
    } else if (operation.equals(Operations.ABORT) && begun) {
      // Also by a life that is over: what it has not decided never will be.
      failure = null;
    } else {
      failure = started();
    }
    return failure == null
        ? peers.call(other, operation, request, waitNanos)
        : new Answer.Refused<>(failure);
  }

  @Override
  public @Nullable Failure truncate(
      LayoutMessage layout, long inode, long size, long life, boolean durable)
      throws InterruptedException {
    Failure failure = lasting();
    return failure == null ? chunks.truncate(layout, inode, size, life, durable) : failure;
  }

  @Override
  public @Nullable Failure remove(PatternKind kind, int stripeTarget, List<ChunkId> all)
      throws InterruptedException {
    Failure failure = lasting();
    return failure == null ? chunks.remove(kind, stripeTarget, all) : failure;
  }

  private @Nullable Failure started() {
    try {
      shard.awaitStarted();
      begun = true;
      return null;
    } catch (DiskException e) {
      return Failure.retry(String.valueOf(e.getMessage()));
    }
  }

  private @Nullable Failure lasting() {
    try {
      shard.awaitAcknowledged();
      return null;
    } catch (DiskException e) {
      return Failure.retry(String.valueOf(e.getMessage()));
    }
  }
}
