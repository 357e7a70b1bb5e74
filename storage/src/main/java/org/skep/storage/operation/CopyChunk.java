package org.skep.storage.operation;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.skep.mirror.GroupMember.Access;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.CopyChunkRequest;
import org.skep.wire.message.Empty;

/// COPY_CHUNK: a part of the primary's chunk file becomes this member's: data, a hole, the length,
/// or that there is none.
public final class CopyChunk extends ChunkOperation<CopyChunkRequest, Empty> {

  public CopyChunk(ServedTargets targets) {
    super(targets, Access.RESYNC);
  }

  @Override
  Outcome<Empty> serve(CopyChunkRequest request, StorageTarget target, Exchange exchange)
      throws RefusedException {
    throw RequestChecks.forGroups();
  }

  @Override
  Outcome<Empty> serve(CopyChunkRequest request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    ByteBuffer data = exchange.bulk();
    int bytes = data.remaining();
    RequestChecks.range(request.getOffset(), bytes);
    RequestChecks.range(request.getOffset(), request.getHoleLength());
    RequestChecks.bytes("length", request.getLength());
    if (request.getHoleLength() > 0 && bytes > 0) {
      throw RequestChecks.malformed("data for a hole");
    }
    ChunkStore chunks = group.chunks();
    if (request.getRemove()) {
      group.target().countOther();
      chunks.remove(key);
      return Outcome.done(Empty.getDefaultInstance());
    }
    if (bytes > 0) {
      chunks.write(key, data, request.getOffset());
    } else if (request.getHoleLength() > 0) {
      chunks.punch(key, request.getOffset(), request.getHoleLength());
    }
    if (request.hasLength()) {
      chunks.setLength(key, request.getLength());
    }
    group.target().countWritten(bytes);
    return Outcome.done(Empty.getDefaultInstance());
  }
}
