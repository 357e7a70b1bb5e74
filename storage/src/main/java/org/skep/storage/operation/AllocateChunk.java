package org.skep.storage.operation;

import org.skep.mirror.range.Range;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.wire.Operations;
import org.skep.wire.message.AllocateChunkRequest;

/// ALLOCATE_CHUNK: reserves space for a range; makes the chunk file if it is missing.
public final class AllocateChunk extends ChunkChange<AllocateChunkRequest> {

  public AllocateChunk(ServedTargets targets) {
    super(targets, Operations.ALLOCATE_CHUNK);
  }

  @Override
  Plan plan(AllocateChunkRequest request) throws RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    long offset = request.getOffset();
    long length = request.getLength();
    RequestChecks.range(offset, length);
    Range range = Range.of(offset, length);
    boolean keepSize = request.getKeepSize();
    return new Plan(key, range, range, chunks -> chunks.allocate(key, offset, length, keepSize));
  }
}
