package org.skep.storage.operation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.Empty;
import org.skep.wire.message.RemoveChunksRequest;

/// REMOVE_CHUNKS: of files that nobody has a name for or open. After a failure some may be removed;
/// the request is repeated then.
public final class RemoveChunks extends ChunkOperation<RemoveChunksRequest, Empty> {
  private static final int CHUNKS_MAX = 1000;

  public RemoveChunks(ServedTargets targets) {
    super(targets);
  }

  @Override
  Outcome<Empty> serve(RemoveChunksRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    if (request.getChunksCount() > CHUNKS_MAX) {
      throw RequestChecks.malformed("removal of " + request.getChunksCount() + " chunks");
    }
    List<ChunkKey> keys = new ArrayList<>(request.getChunksCount());
    for (ChunkId chunk : request.getChunksList()) {
      keys.add(RequestChecks.key(chunk));
    }
    target.countOther();
    for (ChunkKey key : keys) {
      target.chunks().remove(key);
    }
    return Outcome.done(Empty.getDefaultInstance());
  }
}
