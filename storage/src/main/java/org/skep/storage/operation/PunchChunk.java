package org.skep.storage.operation;

import org.skep.mirror.range.Range;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.wire.Operations;
import org.skep.wire.message.PunchChunkRequest;

/// PUNCH_CHUNK: makes a range zeros and frees its space, or with `zero_range` keeps it.
public final class PunchChunk extends ChunkChange<PunchChunkRequest> {

  public PunchChunk(ServedTargets targets) {
    super(targets, Operations.PUNCH_CHUNK);
  }

  @Override
  Plan plan(PunchChunkRequest request) throws RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    long offset = request.getOffset();
    long length = request.getLength();
    RequestChecks.range(offset, length);
    Range range = Range.of(offset, length);
    return new Plan(
        key,
        range,
        range,
        request.getZeroRange()
            ? chunks -> chunks.zero(key, offset, length)
            : chunks -> chunks.punch(key, offset, length));
  }
}
