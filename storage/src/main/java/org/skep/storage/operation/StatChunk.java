package org.skep.storage.operation;

import java.io.IOException;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.range.Range;
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
    super(targets, Access.READ);
  }

  @Override
  Outcome<ChunkState> serve(StatChunkRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    target.countOther();
    return done(target.chunks().status(key));
  }

  @Override
  Outcome<ChunkState> serve(StatChunkRequest request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException, MemberRefusal {
    ChunkKey key = RequestChecks.key(request.getChunk());
    group.target().countOther();
    return group
        .requests()
        .read(
            group.turn(),
            Mirrored.item(key),
            Range.ALL,
            () -> Outcome.done(group.state(group.chunks().status(key))));
  }
}
