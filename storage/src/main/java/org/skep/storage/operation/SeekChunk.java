package org.skep.storage.operation;

import java.io.IOException;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.SeekChunkReply;
import org.skep.wire.message.SeekChunkRequest;

/// SEEK_CHUNK: the next data or hole of a chunk file.
public final class SeekChunk extends ChunkOperation<SeekChunkRequest, SeekChunkReply> {

  public SeekChunk(ServedTargets targets) {
    super(targets);
  }

  @Override
  Outcome<SeekChunkReply> serve(SeekChunkRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    long offset = RequestChecks.bytes("offset", request.getOffset());
    target.countOther();
    long found = target.chunks().seek(key, offset, request.getHole());
    SeekChunkReply.Builder reply = SeekChunkReply.newBuilder();
    if (found >= 0) {
      reply.setOffset(found);
    }
    return Outcome.done(reply.build());
  }
}
