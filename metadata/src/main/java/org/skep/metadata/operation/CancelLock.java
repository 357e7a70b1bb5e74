package org.skep.metadata.operation;

import org.skep.metadata.lock.HeldLocks;
import org.skep.metadata.lock.LockWaits;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.wire.message.CancelLockRequest;
import org.skep.wire.message.Empty;

/// Ends a wait for a lock with EINTR. A lock that was granted before stays.
final class CancelLock implements ShardOperation<CancelLockRequest, Empty> {
  private final Shard shard;
  private final HeldLocks locks;

  CancelLock(Shard shard, HeldLocks locks) {
    this.shard = shard;
    this.locks = locks;
  }

  @Override
  public Empty run(CancelLockRequest request, Call call) throws RefusedException {
    Checks.owned(shard, request.getInode());
    locks.waits().cancel(new LockWaits.Ticket(call.client(), request.getTicket()));
    return Empty.getDefaultInstance();
  }
}
