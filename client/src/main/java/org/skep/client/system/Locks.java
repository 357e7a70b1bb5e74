package org.skep.client.system;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.skep.client.ErrnoException;
import org.skep.client.Interruption;
import org.skep.client.call.Calls;
import org.skep.client.call.Lanes;
import org.skep.client.data.OpenInodes;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.runtime.port.Clock;
import org.skep.wire.Operations;
import org.skep.wire.message.CancelLockRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.GetLockReply;
import org.skep.wire.message.GetLockRequest;
import org.skep.wire.message.LockMessage;
import org.skep.wire.message.ReleaseLocksRequest;
import org.skep.wire.message.SetLockReply;
import org.skep.wire.message.SetLockRequest;

/// File locks of the whole cluster, kept by the inode's shard. Any thread may call it.
///
/// What was written under a lock is at the servers before the lock is given up; what is read under
/// it is read after it was granted.
///
/// A wait is ended by an [Interruption]: the ticket is cancelled. The shard grants a lock only in
/// the answer to a request, so either that answer came first, and the call succeeds; or the
/// cancellation did, and the lock is not held. Cancelling a granted ticket does nothing.
final class Locks {
  /// The longest pause that a shard may ask for, and how often an interruption is looked for in it.
  private static final int PAUSE_MILLIS_MAX = 1000;

  private static final int SLICE_MILLIS = 50;

  /// The last byte of a range that goes to the end.
  private static final long END_MAX = Long.MAX_VALUE;

  /// The last of the pauses, of 2, 6 and 18 ms, before a flock that must not wait is refused.
  private static final int FLOCK_PAUSE_MILLIS_MAX = 18;

  private final Clock clock;
  private final Calls calls;
  private final Lanes lanes;
  private final OpenInodes open;
  private final AtomicLong tickets = new AtomicLong();
  // Who may hold locks, so that a close without locks asks nobody. Bounded by the shards' limit on
  // locks and the openings that have owners.
  private final Set<Owner> owners = ConcurrentHashMap.newKeySet();

  // Those that do hold locks. Guarded by itself.
  private final Set<Owner> holders = new LinkedHashSet<>();

  private record Owner(long inode, long owner, LockMessage.Family family) {}

  Locks(Calls calls, Lanes lanes, OpenInodes open, Clock clock) {
    this.clock = clock;
    this.calls = calls;
    this.lanes = lanes;
    this.open = open;
  }

  GetLockReply get(long inode, LockMessage lock) throws ErrnoException {
    return calls.read(
        inode,
        Operations.GET_LOCK,
        GetLockRequest.newBuilder().setInode(inode).setLock(lock).build());
  }

  void set(long inode, LockMessage lock, boolean wait, Interruption interruption)
      throws ErrnoException {
    boolean unlock = lock.getType() == LockMessage.Type.UNLOCK;
    Owner owner = new Owner(inode, lock.getOwner(), lock.getFamily());
    // Downgrading to a read lock gives writing up as well.
    if (lock.getType() != LockMessage.Type.WRITE) {
      open.flush(inode);
    }
    if (!unlock) {
      owners.add(owner);
    }
    SetLockRequest.Builder request =
        SetLockRequest.newBuilder().setInode(inode).setLock(lock).setWait(wait && !unlock);
    if (wait && !unlock) {
      await(request.setTicket(tickets.incrementAndGet()).build(), interruption);
    } else {
      tryNow(request.build(), interruption);
    }
    if (!unlock) {
      holds(owner, true);
      open.granted(inode);
    } else if (lock.getStart() == 0 && lock.getEnd() == END_MAX) {
      holds(owner, false);
    }
  }

  private void holds(Owner owner, boolean now) {
    synchronized (holders) {
      if (now) {
        holders.add(owner);
      } else {
        holders.remove(owner);
      }
    }
  }

  /// All locks at the shard are lost.
  ///
  /// @return the inodes that had some
  List<Long> lost(int shard) {
    synchronized (holders) {
      List<Long> inodes =
          holders.stream()
              .map(Owner::inode)
              .filter(inode -> Ids.shardOf(inode) == shard)
              .distinct()
              .toList();
      holders.removeIf(owner -> Ids.shardOf(owner.inode) == shard);
      return inodes;
    }
  }

  /// The kernel tells the last close of an opening, which gives up its flock, without waiting: what
  /// a process that has ended held may be held for a moment longer. So a refusal is asked again.
  private void tryNow(SetLockRequest request, Interruption interruption) throws ErrnoException {
    boolean patient =
        request.getLock().getFamily() == LockMessage.Family.FLOCK
            && request.getLock().getType() != LockMessage.Type.UNLOCK;
    for (int pauseMillis = 2; ; pauseMillis *= 3) {
      try {
        SetLockReply _ = calls.change(request.getInode(), Operations.SET_LOCK, request);
        return;
      } catch (ErrnoException e) {
        boolean held = e.errno() == Errno.EAGAIN.number();
        if (!patient || !held || pauseMillis > FLOCK_PAUSE_MILLIS_MAX) {
          throw e;
        }
      }
      pause(pauseMillis, interruption);
    }
  }

  private void await(SetLockRequest request, Interruption interruption) throws ErrnoException {
    // In another thread: the one that interrupts must not wait for the shard.
    interruption.onRequest(() ->
        lanes.submit(
            Lanes.Kind.SHARD, true, Ids.shardOf(request.getInode()), () -> cancelQuietly(request)));
    while (true) {
      SetLockReply reply;
      try {
        reply = calls.change(request.getInode(), Operations.SET_LOCK, request);
      } catch (ErrnoException e) {
        if (interruption.requested()) {
          throw interrupted();
        }
        throw e;
      }
      if (reply.getState() == SetLockReply.State.GRANTED) {
        return;
      }
      if (interruption.requested()) {
        cancel(request);
        throw interrupted();
      }
      pause(reply.getPauseMillis(), interruption);
    }
  }

  /// The shard has no thread to let this request wait in.
  private void pause(int askedMillis, Interruption interruption) throws ErrnoException {
    int rest = Math.clamp(askedMillis, 0, PAUSE_MILLIS_MAX);
    try {
      for (; rest > 0 && !interruption.requested(); rest -= SLICE_MILLIS) {
        clock.sleepNanos(Math.min(rest, SLICE_MILLIS) * 1_000_000L);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted();
    }
  }

  private static ErrnoException interrupted() {
    return new ErrnoException(Errno.EINTR.number(), "interrupted while waiting for a lock");
  }

  private void cancel(SetLockRequest request) throws ErrnoException {
    Empty _ =
        calls.change(
            request.getInode(),
            Operations.CANCEL_LOCK,
            CancelLockRequest.newBuilder()
                .setInode(request.getInode())
                .setTicket(request.getTicket())
                .build());
  }

  /// The waiting thread cancels again when it hears from the shard, and sees the failure then.
  private void cancelQuietly(SetLockRequest request) {
    try {
      cancel(request);
    } catch (ErrnoException e) {
      System.getLogger(Locks.class.getName())
          .log(System.Logger.Level.DEBUG, "a lock could not be cancelled", e);
    }
  }

  void release(long inode, long owner, LockMessage.Family family) throws ErrnoException {
    Owner holder = new Owner(inode, owner, family);
    if (!owners.contains(holder)) {
      return;
    }
    ErrnoException failure = null;
    try {
      open.flush(inode);
    } catch (ErrnoException e) {
      failure = e;
    }
    Empty _ =
        calls.change(
            inode,
            Operations.RELEASE_LOCKS,
            ReleaseLocksRequest.newBuilder()
                .setInode(inode)
                .setOwner(owner)
                .setFamily(family)
                .build());
    owners.remove(holder);
    holds(holder, false);
    if (failure != null) {
      throw failure;
    }
  }
}
