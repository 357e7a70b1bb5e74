package org.skep.storage.operation;

import java.io.IOException;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.SyncChunkRequest;

/// SYNC_CHUNK: content and name of the chunk file are durable afterwards; EIO if a write since
/// `durability_seen` may be lost.
public final class SyncChunk extends ChunkOperation<SyncChunkRequest, ChunkState> {

  public SyncChunk(ServedTargets targets) {
    super(targets);
  }

  @Override
  Outcome<ChunkState> serve(SyncChunkRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    target.countOther();
    return done(target.chunks().sync(key, request.getDurabilitySeen(), request.getDataOnly()));
  }
}
