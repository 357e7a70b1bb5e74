package org.skep.storage.operation;

import java.io.IOException;
import org.skep.mirror.GroupMember.Access;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.resync.Resync;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.Failure;
import org.skep.wire.message.StartResyncReply;
import org.skep.wire.message.StartResyncRequest;

/// START_RESYNC: an administrator wants a resync of the group's secondary.
public final class StartResync extends ChunkOperation<StartResyncRequest, StartResyncReply> {

  public StartResync(ServedTargets targets) {
    super(targets, Access.CHANGE);
  }

  @Override
  Outcome<StartResyncReply> serve(
      StartResyncRequest request, StorageTarget target, Exchange exchange) throws RefusedException {
    throw RequestChecks.forGroups();
  }

  @Override
  Outcome<StartResyncReply> serve(StartResyncRequest request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException {
    if (group.turn().forwarded()) {
      throw RequestChecks.malformed("an administrator's request, forwarded");
    }
    group.target().countOther();
    try {
      Resync.Ordered ordered = group.resync().order(request);
      Failure failure = ordered.failure();
      return failure == null
          ? Outcome.done(StartResyncReply.newBuilder().setAborted(ordered.aborted()).build())
          : Outcome.refused(failure);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Outcome.refused(Failure.retry("the server stops"));
    }
  }
}
