package org.skep.metadata.operation;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.lock.HeldLock;
import org.skep.metadata.lock.HeldLocks;
import org.skep.metadata.lock.LockChange;
import org.skep.metadata.lock.LockTable;
import org.skep.metadata.lock.LockWaits;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.LockMessage;
import org.skep.wire.message.SetLockReply;
import org.skep.wire.message.SetLockRequest;

/// F_SETLK, F_SETLKW and flock(2): sets or drops a lock, or waits for it for a while. Nothing is
/// locked while it waits. A reply is kept for a repetition if something was changed; WAITING is
/// not, so the same request may be sent again with the same sequence number.
final class SetLock implements ShardOperation<SetLockRequest, SetLockReply> {

  /// The longest that one request waits.
  static final long WAIT_NANOS = 2_000_000_000L;

  /// How often a waiting request looks whether its client is still there.
  private static final long SLICE_NANOS = 250_000_000L;

  /// When clients come back that found too many others waiting.
  private static final int PAUSE_MILLIS = 500;

  private static final SetLockReply GRANTED =
      SetLockReply.newBuilder().setState(SetLockReply.State.GRANTED).build();

  private final Shard shard;
  private final HeldLocks locks;

  SetLock(Shard shard, HeldLocks locks) {
    this.shard = shard;
    this.locks = locks;
  }

  @Override
  public SetLockReply run(SetLockRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    long inode = request.getInode();
    Checks.owned(shard, inode);
    HeldLock wanted = LockArguments.wanted(request.getLock(), call);
    if (request.getLock().getType() == LockMessage.Type.UNLOCK) {
      return unlock(inode, wanted, call);
    }
    if (!request.getWait()) {
      return set(inode, wanted, call);
    }
    LockWaits.Ticket ticket = new LockWaits.Ticket(call.client(), request.getTicket());
    return await(inode, wanted, ticket, call);
  }

  private SetLockReply unlock(long inode, HeldLock range, Call call)
      throws RefusedException, DiskException, InterruptedException {
    try (InodeLocks.Held _ = shard.lock(inode, true)) {
      return apply(inode, locks.of(inode).unlock(range.owner(), range.start(), range.end()), call);
    }
  }

  private SetLockReply set(long inode, HeldLock wanted, Call call)
      throws RefusedException, DiskException, InterruptedException {
    try (InodeLocks.Held _ = shard.lock(inode, true)) {
      LockArguments.checkOpen(shard, inode, call);
      LockTable table = convert(inode, wanted);
      HeldLock conflict = table.conflict(wanted);
      if (conflict != null) {
        throw new RefusedException(
            Errno.EAGAIN,
            "inode %s is locked by client %x"
                .formatted(Ids.text(inode), conflict.owner().client()));
      }
      return apply(inode, table.set(wanted), call);
    }
  }

  /// A flock of the other type goes first, and stays away even if the new one is refused.
  private LockTable convert(long inode, HeldLock wanted) throws DiskException {
    LockTable table = locks.of(inode);
    if (table.toConvert(wanted) == null) {
      return table;
    }
    LockChange dropped = table.release(wanted.owner());
    Draft draft = shard.draft();
    HeldLocks.record(draft.batch(), inode, dropped);
    shard.apply(draft, false);
    locks.applied(inode, dropped);
    return dropped.table();
  }

  private SetLockReply apply(long inode, LockChange change, Call call)
      throws RefusedException, DiskException {
    if (!change.changed()) {
      return GRANTED;
    }
    if (!locks.hasRoom(change)) {
      throw new RefusedException(Errno.ENOLCK, "too many locks on " + Ids.text(inode));
    }
    Draft draft = shard.draft();
    HeldLocks.record(draft.batch(), inode, change);
    shard.apply(draft, call, GRANTED, false);
    locks.applied(inode, change);
    return GRANTED;
  }

  private SetLockReply await(long inode, HeldLock wanted, LockWaits.Ticket ticket, Call call)
      throws RefusedException, DiskException, InterruptedException {
    LockWaits waits = locks.waits();
    long end = shard.clock().nanoTime() + WAIT_NANOS;
    SetLockReply reply = attempt(inode, wanted, ticket, call);
    while (reply == null) {
      if (waits.isCrowded()) {
        return waiting(PAUSE_MILLIS);
      }
      long rest = end - shard.clock().nanoTime();
      if (rest <= 0) {
        return waiting(0);
      }
      if (!call.alive().getAsBoolean()) {
        throw new RefusedException(Failure.retry("the client has gone"));
      }
      if (waits.await(ticket, Math.min(rest, SLICE_NANOS))) {
        reply = attempt(inode, wanted, ticket, call);
      }
    }
    return reply;
  }

  private static SetLockReply waiting(int pauseMillis) {
    return SetLockReply.newBuilder()
        .setState(SetLockReply.State.WAITING)
        .setPauseMillis(pauseMillis)
        .build();
  }

  /// @return null if it has to wait
  private @Nullable SetLockReply attempt(
      long inode, HeldLock wanted, LockWaits.Ticket ticket, Call call)
      throws RefusedException, DiskException, InterruptedException {
    try (InodeLocks.Held _ = shard.lock(inode, true)) {
      LockArguments.checkOpen(shard, inode, call);
      LockTable table = convert(inode, wanted);
      return switch (locks.waits().ask(inode, ticket, wanted, table)) {
        case GRANT -> grant(inode, table.set(wanted), ticket, call);
        case WAIT -> null;
        case DEADLOCK -> throw new RefusedException(Errno.EDEADLK, "circle of waiting owners");
        case CANCELLED -> throw new RefusedException(Errno.EINTR, "the wait was cancelled");
        case FULL -> throw new RefusedException(Errno.ENOLCK, "too many wait for locks");
        case MISUSED ->
            throw new RefusedException(Failure.malformed("lock ticket " + ticket + " used twice"));
      };
    }
  }

  private SetLockReply grant(long inode, LockChange change, LockWaits.Ticket ticket, Call call)
      throws RefusedException, DiskException {
    try {
      return apply(inode, change, call);
    } finally {
      locks.waits().leave(ticket);
    }
  }
}
