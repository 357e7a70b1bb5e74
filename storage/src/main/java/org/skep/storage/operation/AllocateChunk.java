package org.skep.storage.operation;

import java.io.IOException;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.AllocateChunkRequest;
import org.skep.wire.message.ChunkState;

/// ALLOCATE_CHUNK: reserves space for a range; makes the chunk file if it is missing.
public final class AllocateChunk extends ChunkOperation<AllocateChunkRequest, ChunkState> {

  public AllocateChunk(ServedTargets targets) {
    super(targets);
  }

  @Override
  Outcome<ChunkState> serve(AllocateChunkRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    RequestChecks.range(request.getOffset(), request.getLength());
    target.countOther();
    return done(
        target
            .chunks()
            .allocate(key, request.getOffset(), request.getLength(), request.getKeepSize()));
  }
}
