package org.skep.storage.operation;

import java.io.IOException;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.MemberRefusal;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.resync.CopyCheck;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.Empty;
import org.skep.wire.message.EqualizeChunkRequest;

/// EQUALIZE_CHUNK: makes one member's copy of a chunk file like the other's.
public final class EqualizeChunk extends ChunkOperation<EqualizeChunkRequest, Empty> {

  public EqualizeChunk(ServedTargets targets) {
    super(targets, Access.CHANGE);
  }

  @Override
  Outcome<Empty> serve(EqualizeChunkRequest request, StorageTarget target, Exchange exchange)
      throws RefusedException {
    throw RequestChecks.forGroups();
  }

  @Override
  Outcome<Empty> serve(EqualizeChunkRequest request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException, MemberRefusal {
    ChunkKey key = RequestChecks.key(request.getChunk());
    group.target().countOther();
    CopyCheck check = new CopyCheck(group.turn(), group.replica(), group.chunks());
    if (request.getFromSecondary()) {
      check.copyHere(key);
    } else {
      check.copyThere(key);
    }
    return Outcome.done(Empty.getDefaultInstance());
  }
}
