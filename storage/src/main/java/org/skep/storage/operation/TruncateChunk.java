package org.skep.storage.operation;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.skep.mirror.range.Range;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.TruncateChunkRequest;

/// TRUNCATE_CHUNK: cuts a chunk file that is longer, on the disk.
public final class TruncateChunk extends ChunkChange<TruncateChunkRequest> {
  private final ShardLives lives = new ShardLives();

  public TruncateChunk(ServedTargets targets) {
    super(targets, Operations.TRUNCATE_CHUNK);
  }

  @Override
  Plan plan(TruncateChunkRequest request) throws RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    long length = RequestChecks.bytes("length", request.getLength());
    if (request.getLife() < 0) {
      throw RequestChecks.malformed("life " + Long.toUnsignedString(request.getLife()));
    }
    boolean durable = request.getDurable();
    return new Plan(
        key, Range.ALL, Range.from(length), chunks -> chunks.truncate(key, length, durable));
  }

  @Override
  Outcome<ChunkState> serve(TruncateChunkRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    Plan plan = plan(request);
    target.countOther();
    ReentrantLock lock = lives.enter(plan.key(), request.getLife());
    try {
      return done(plan.step().apply(target.chunks()));
    } finally {
      lock.unlock();
    }
  }

  /// The chunk's range lock orders the cuts; a secondary only remembers, in case it is the primary
  /// one day.
  @Override
  void checkFirst(TruncateChunkRequest request, Plan plan, boolean forwarded)
      throws RefusedException {
    if (forwarded) {
      lives.note(plan.key(), request.getLife());
    } else {
      lives.enter(plan.key(), request.getLife()).unlock();
    }
  }
}
