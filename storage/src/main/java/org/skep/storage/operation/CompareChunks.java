package org.skep.storage.operation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.MemberRefusal;
import org.skep.runtime.port.Clock;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.BlockSums;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.resync.CopyCheck;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.CompareChunksReply;
import org.skep.wire.message.CompareChunksRequest;

/// COMPARE_CHUNKS: whether both members of a pair have the same.
public final class CompareChunks extends ChunkOperation<CompareChunksRequest, CompareChunksReply> {
  private static final int COUNT_MAX = 1000;

  private final Clock clock;

  public CompareChunks(ServedTargets targets, Clock clock) {
    super(targets, Access.READ);
    this.clock = clock;
  }

  @Override
  Outcome<CompareChunksReply> serve(
      CompareChunksRequest request, StorageTarget target, Exchange exchange)
      throws RefusedException {
    throw RequestChecks.forGroups();
  }

  @Override
  Outcome<CompareChunksReply> serve(CompareChunksRequest request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException, MemberRefusal {
    long offset = RequestChecks.bytes("offset", request.getOffset());
    if (request.getChunksCount() > COUNT_MAX || offset % BlockSums.BLOCK_BYTES != 0) {
      throw RequestChecks.malformed(
          "comparison of " + request.getChunksCount() + " chunks from " + offset + " on");
    }
    List<ChunkKey> keys = new ArrayList<>();
    for (ChunkId chunk : request.getChunksList()) {
      keys.add(RequestChecks.key(chunk));
    }
    group.target().countOther();
    CopyCheck check = new CopyCheck(group.turn(), group.replica(), group.chunks());
    return Outcome.done(
        check.compare(keys, offset, request.getLengthsOnly(), clock, exchange.answerBuffer()));
  }
}
