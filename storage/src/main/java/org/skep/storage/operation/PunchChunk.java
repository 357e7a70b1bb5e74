package org.skep.storage.operation;

import java.io.IOException;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.PunchChunkRequest;

/// PUNCH_CHUNK: makes a range zeros and frees its space, or with `zero_range` keeps it.
public final class PunchChunk extends ChunkOperation<PunchChunkRequest, ChunkState> {

  public PunchChunk(ServedTargets targets) {
    super(targets);
  }

  @Override
  Outcome<ChunkState> serve(PunchChunkRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    long offset = request.getOffset();
    long length = request.getLength();
    RequestChecks.range(offset, length);
    target.countOther();
    return done(
        request.getZeroRange()
            ? target.chunks().zero(key, offset, length)
            : target.chunks().punch(key, offset, length));
  }
}
