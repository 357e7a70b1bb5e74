package org.skep.storage.operation;

import java.io.IOException;
import org.skep.mirror.GroupMember.Access;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkStatus;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ChunkStat;
import org.skep.wire.message.StatChunksReply;
import org.skep.wire.message.StatChunksRequest;

/// STAT_CHUNKS: lengths of many chunk files, read without locks.
public final class StatChunks extends ChunkOperation<StatChunksRequest, StatChunksReply> {
  private static final int COUNT_MAX = 1000;

  public StatChunks(ServedTargets targets) {
    super(targets, Access.READ);
  }

  @Override
  Outcome<StatChunksReply> serve(StatChunksRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    return stat(request, target, target.chunks());
  }

  @Override
  Outcome<StatChunksReply> serve(StatChunksRequest request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException {
    return stat(request, group.target(), group.chunks());
  }

  private static Outcome<StatChunksReply> stat(
      StatChunksRequest request, StorageTarget target, ChunkStore chunks)
      throws IOException, RefusedException {
    if (request.getChunksCount() > COUNT_MAX) {
      throw RequestChecks.malformed("lengths of " + request.getChunksCount() + " chunks");
    }
    target.countOther();
    StatChunksReply.Builder reply = StatChunksReply.newBuilder();
    for (ChunkId id : request.getChunksList()) {
      ChunkKey key = RequestChecks.key(id);
      ChunkStat.Builder stat = ChunkStat.newBuilder();
      if (chunks.isOnDisk(key)) {
        ChunkStatus status = chunks.status(key);
        stat.setExists(true)
            .setLength(status.lengthBytes())
            .setAllocatedBytes(status.allocatedBytes());
      }
      reply.addChunks(stat);
    }
    return Outcome.done(reply.build());
  }
}
