package org.skep.storage.operation;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.TruncateChunkRequest;

/// TRUNCATE_CHUNK: cuts a chunk file that is longer, on the disk if that is asked for.
public final class TruncateChunk extends ChunkOperation<TruncateChunkRequest, ChunkState> {
  private final ShardLives lives = new ShardLives();

  public TruncateChunk(ServedTargets targets) {
    super(targets);
  }

  @Override
  Outcome<ChunkState> serve(TruncateChunkRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    long length = RequestChecks.bytes("length", request.getLength());
    long life = request.getLife();
    if (life < 0) {
      throw RequestChecks.malformed("life " + Long.toUnsignedString(life));
    }
    target.countOther();
    ReentrantLock lock = lives.enter(key, life);
    try {
      return done(target.chunks().truncate(key, length, request.getDurable()));
    } finally {
      lock.unlock();
    }
  }
}
