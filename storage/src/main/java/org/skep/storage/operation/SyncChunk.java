package org.skep.storage.operation;

import java.io.IOException;
import org.skep.linux.Errno;
import org.skep.mirror.ForwardedRequest;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.MemberRefusal;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.SyncChunkRequest;

/// SYNC_CHUNK: content and name of the chunk file are durable afterwards; EIO if a write since
/// `durability_seen` may be lost.
public final class SyncChunk extends ChunkOperation<SyncChunkRequest, ChunkState> {

  public SyncChunk(ServedTargets targets) {
    super(targets, Access.CHANGE);
  }

  @Override
  Outcome<ChunkState> serve(SyncChunkRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    target.countOther();
    return done(target.chunks().sync(key, request.getDurabilitySeen(), request.getDataOnly()));
  }

  @Override
  Outcome<ChunkState> serve(SyncChunkRequest request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException, MemberRefusal {
    ChunkKey key = RequestChecks.key(request.getChunk());
    group.target().countOther();
    long seen = request.getDurabilitySeen();
    if (seen != 0 && seen != group.turn().view().durability()) {
      throw new RefusedException(
          Failure.errno(
              Errno.EIO.number(),
              group.turn().view().text() + ": what was written to " + key + " may be lost"));
    }
    return Outcome.done(
        group
            .requests()
            .sync(
                group.turn(),
                Mirrored.item(key),
                ForwardedRequest.of(Operations.SYNC_CHUNK, request),
                () -> group.state(group.chunks().sync(key, 0, request.getDataOnly()))));
  }
}
