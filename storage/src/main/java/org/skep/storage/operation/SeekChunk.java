package org.skep.storage.operation;

import java.io.IOException;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.range.Range;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.SeekChunkReply;
import org.skep.wire.message.SeekChunkRequest;

/// SEEK_CHUNK: the next data or hole of a chunk file.
public final class SeekChunk extends ChunkOperation<SeekChunkRequest, SeekChunkReply> {

  public SeekChunk(ServedTargets targets) {
    super(targets, Access.READ);
  }

  @Override
  Outcome<SeekChunkReply> serve(SeekChunkRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = key(request);
    target.countOther();
    return seek(request, key, target.chunks());
  }

  @Override
  Outcome<SeekChunkReply> serve(SeekChunkRequest request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException, MemberRefusal {
    ChunkKey key = key(request);
    group.target().countOther();
    return group
        .requests()
        .read(
            group.turn(),
            Mirrored.item(key),
            Range.from(request.getOffset()),
            () -> seek(request, key, group.chunks()));
  }

  private static ChunkKey key(SeekChunkRequest request) throws RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    long _ = RequestChecks.bytes("offset", request.getOffset());
    return key;
  }

  private static Outcome<SeekChunkReply> seek(
      SeekChunkRequest request, ChunkKey key, ChunkStore chunks) throws IOException {
    long found = chunks.seek(key, request.getOffset(), request.getHole());
    SeekChunkReply.Builder reply = SeekChunkReply.newBuilder();
    if (found >= 0) {
      reply.setOffset(found);
    }
    return Outcome.done(reply.build());
  }
}
