package org.skep.metadata.operation;

import org.skep.metadata.lock.HeldLock;
import org.skep.metadata.lock.HeldLocks;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.wire.Failure;
import org.skep.wire.message.GetLockReply;
import org.skep.wire.message.GetLockRequest;
import org.skep.wire.message.LockMessage;

/// F_GETLK: the first lock that is in the way.
final class GetLock implements ShardOperation<GetLockRequest, GetLockReply> {
  private final Shard shard;
  private final HeldLocks locks;

  GetLock(Shard shard, HeldLocks locks) {
    this.shard = shard;
    this.locks = locks;
  }

  @Override
  public GetLockReply run(GetLockRequest request, Call call) throws RefusedException {
    Checks.owned(shard, request.getInode());
    HeldLock wanted = LockArguments.wanted(request.getLock(), call);
    if (request.getLock().getType() == LockMessage.Type.UNLOCK) {
      throw new RefusedException(Failure.malformed("test of an unlock"));
    }
    HeldLock conflict = locks.of(request.getInode()).conflict(wanted);
    if (conflict == null) {
      return GetLockReply.getDefaultInstance();
    }
    return GetLockReply.newBuilder()
        .setConflict(LockArguments.message(conflict))
        .setClient(conflict.owner().client())
        .build();
  }
}
