package org.skep.metadata.operation;

import org.skep.metadata.lock.HeldLocks;
import org.skep.metadata.lock.LockChange;
import org.skep.metadata.lock.LockOwner;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Empty;
import org.skep.wire.message.ReleaseLocksRequest;

/// Drops all locks of an owner on an inode, as close(2) does.
final class ReleaseLocks implements ShardOperation<ReleaseLocksRequest, Empty> {
  private final Shard shard;
  private final HeldLocks locks;

  ReleaseLocks(Shard shard, HeldLocks locks) {
    this.shard = shard;
    this.locks = locks;
  }

  @Override
  public Empty run(ReleaseLocksRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    long inode = request.getInode();
    Checks.owned(shard, inode);
    LockOwner owner = LockArguments.owner(request.getFamily(), call.client(), request.getOwner());
    Empty done = Empty.getDefaultInstance();
    if (!locks.of(inode).has(call.client())) {
      return done;
    }
    try (InodeLocks.Held _ = shard.lock(inode, true)) {
      LockChange change = locks.of(inode).release(owner);
      if (change.changed()) {
        Draft draft = shard.draft();
        HeldLocks.record(draft.batch(), inode, change);
        shard.apply(draft, call, done, false);
        locks.applied(inode, change);
      }
    }
    return done;
  }
}
