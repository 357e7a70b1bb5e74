package org.skep.storage.operation;

import java.io.IOException;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.StatChunkRequest;

/// STAT_CHUNK: length and space of a chunk file.
public final class StatChunk extends ChunkOperation<StatChunkRequest, ChunkState> {

  public StatChunk(ServedTargets targets) {
    super(targets);
  }

  @Override
  Outcome<ChunkState> serve(StatChunkRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    target.countOther();
    return done(target.chunks().status(key));
  }
}
