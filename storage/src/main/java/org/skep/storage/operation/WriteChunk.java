package org.skep.storage.operation;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkStatus;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.WriteChunkRequest;

/// WRITE_CHUNK: the bulk payload goes to the chunk file, which is made if it is missing. Answered
/// when the host's page cache has it.
public final class WriteChunk extends ChunkOperation<WriteChunkRequest, ChunkState> {

  public WriteChunk(ServedTargets targets) {
    super(targets);
  }

  @Override
  Outcome<ChunkState> serve(WriteChunkRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    ByteBuffer data = exchange.bulk();
    int bytes = data.remaining();
    RequestChecks.range(request.getOffset(), bytes);
    ChunkStatus status = target.chunks().write(key, data, request.getOffset());
    target.countWritten(bytes);
    return done(status);
  }
}
