package org.skep.storage.operation;

import org.skep.mirror.GroupMember.Access;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ResyncStatsReply;
import org.skep.wire.message.ResyncStatsRequest;

/// RESYNC_STATS: how the group's resync goes, or how the last one went.
public final class ResyncStats extends ChunkOperation<ResyncStatsRequest, ResyncStatsReply> {

  public ResyncStats(ServedTargets targets) {
    super(targets, Access.READ);
  }

  @Override
  Outcome<ResyncStatsReply> serve(
      ResyncStatsRequest request, StorageTarget target, Exchange exchange) throws RefusedException {
    throw RequestChecks.forGroups();
  }

  @Override
  Outcome<ResyncStatsReply> serve(ResyncStatsRequest request, Mirrored group, Exchange exchange) {
    group.target().countOther();
    return Outcome.done(group.resync().stats());
  }
}
