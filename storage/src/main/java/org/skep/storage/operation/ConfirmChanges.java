package org.skep.storage.operation;

import org.skep.mirror.GroupMember.Access;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ConfirmRequest;
import org.skep.wire.message.Empty;

/// CONFIRM: the primary says which changes are over on both, and hears that this member is still
/// its secondary.
public final class ConfirmChanges extends ChunkOperation<ConfirmRequest, Empty> {

  public ConfirmChanges(ServedTargets targets) {
    super(targets, Access.CONFIRM);
  }

  @Override
  Outcome<Empty> serve(ConfirmRequest request, StorageTarget target, Exchange exchange)
      throws RefusedException {
    throw RequestChecks.malformed("a confirmation to a target instead of a group");
  }

  @Override
  Outcome<Empty> serve(ConfirmRequest request, Mirrored group, Exchange exchange) {
    group.replica().confirm(group.turn(), exchange.header());
    return Outcome.done(Empty.getDefaultInstance());
  }
}
