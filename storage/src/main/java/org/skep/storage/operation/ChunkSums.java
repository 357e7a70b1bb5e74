package org.skep.storage.operation;

import java.io.IOException;
import org.skep.mirror.GroupMember.Access;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.BlockSums;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChunkSumsReply;
import org.skep.wire.message.ChunkSumsRequest;

/// CHUNK_SUMS: the primary compares this member's chunk file with its own.
public final class ChunkSums extends ChunkOperation<ChunkSumsRequest, ChunkSumsReply> {

  public ChunkSums(ServedTargets targets) {
    super(targets, Access.RESYNC);
  }

  @Override
  Outcome<ChunkSumsReply> serve(ChunkSumsRequest request, StorageTarget target, Exchange exchange)
      throws RefusedException {
    throw RequestChecks.forGroups();
  }

  @Override
  Outcome<ChunkSumsReply> serve(ChunkSumsRequest request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    long offset = RequestChecks.bytes("offset", request.getOffset());
    int blocksMax = request.getBlocksMax();
    if (blocksMax < 0 || blocksMax > BlockSums.BLOCKS_MAX) {
      throw RequestChecks.malformed(
          "checksums of " + Integer.toUnsignedString(blocksMax) + " blocks");
    }
    if (blocksMax > 0 && offset % BlockSums.BLOCK_BYTES != 0) {
      throw RequestChecks.malformed("checksums from " + offset + " on");
    }
    group.target().countOther();
    BlockSums sums = group.chunks().sums(key, offset, blocksMax, exchange.answerBuffer());
    return Outcome.done(
        ChunkSumsReply.newBuilder()
            .setExists(sums.exists())
            .setChunkLength(sums.lengthBytes())
            .setNextData(sums.nextData())
            .addAllSums(sums.sums())
            .build());
  }
}
