package org.skep.storage.operation;

import java.io.IOException;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.MemberRefusal;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.resync.CopyCheck;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ListChunksReply;
import org.skep.wire.message.ListCopiesRequest;

/// LIST_COPIES: the chunk files of the secondary, asked of the primary.
public final class ListCopies extends ChunkOperation<ListCopiesRequest, ListChunksReply> {
  private static final int CURSOR_BYTES_MAX = 64;

  public ListCopies(ServedTargets targets) {
    super(targets, Access.READ);
  }

  @Override
  Outcome<ListChunksReply> serve(ListCopiesRequest request, StorageTarget target, Exchange exchange)
      throws RefusedException {
    throw RequestChecks.forGroups();
  }

  @Override
  Outcome<ListChunksReply> serve(ListCopiesRequest request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException, MemberRefusal {
    if (request.getCursor().size() > CURSOR_BYTES_MAX) {
      throw RequestChecks.malformed("a cursor of " + request.getCursor().size() + " bytes");
    }
    group.target().countOther();
    CopyCheck check = new CopyCheck(group.turn(), group.replica(), group.chunks());
    return Outcome.done(check.list(request.getCursor()));
  }
}
