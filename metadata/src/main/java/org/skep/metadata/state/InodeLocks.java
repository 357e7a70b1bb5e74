package org.skep.metadata.state;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;

/// Locks of inodes, shared or exclusive. The owner is a [Held], not a thread: what one thread
/// locked another may release.
///
/// Who locks several takes them in ascending order (unsigned), so that nobody waits in a circle;
/// [Ids#COUNTER_MAX] of a shard stands for no inode and comes first. Those who wait get the lock in
/// the order in which they came, so that readers can't keep a writer waiting for ever.
///
/// Any thread may call it.
public final class InodeLocks {
  private static final int STRIPES = 64;

  private final Clock clock;
  private final Stripe[] stripes = new Stripe[STRIPES];
  private volatile boolean ended;

  public InodeLocks(Clock clock) {
    this.clock = clock;
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe(clock);
    }
  }

  private static final class Stripe {
    private final Gate gate;
    // guarded by gate
    private final Map<Long, Lock> locks = new HashMap<>();

    private Stripe(Clock clock) {
      gate = new Gate(clock);
    }
  }

  /// One inode's lock; exists while somebody has it or waits for it. Guarded by its stripe's gate.
  private static final class Lock {
    private @Nullable Held exclusive;
    private final Set<Held> shared = new HashSet<>();
    private final Deque<Waiter> waiters = new ArrayDeque<>();

    private boolean allows(boolean asExclusive) {
      return exclusive == null && (!asExclusive || shared.isEmpty());
    }

    private void grant(Held owner, boolean asExclusive) {
      if (asExclusive) {
        exclusive = owner;
      } else {
        shared.add(owner);
      }
    }

    private boolean isFree() {
      return exclusive == null && shared.isEmpty() && waiters.isEmpty();
    }

    /// @return whether somebody got it
    private boolean grantWaiters() {
      boolean any = false;
      for (Waiter first = waiters.peek();
          first != null && allows(first.exclusive);
          first = waiters.peek()) {
        waiters.remove();
        grant(first.owner, first.exclusive);
        first.granted = true;
        any = true;
      }
      return any;
    }
  }

  private static final class Waiter {
    private final Held owner;
    private final boolean exclusive;
    // guarded by the stripe's gate
    private boolean granted;

    private Waiter(Held owner, boolean exclusive) {
      this.owner = owner;
      this.exclusive = exclusive;
    }
  }

  /// A new owner without locks. To be closed.
  public Held owner() {
    return new Held();
  }

  /// An owner that has this one lock, or null if it could not be had in time.
  public @Nullable Held tryLock(long inode, boolean exclusive, long waitNanos)
      throws InterruptedException {
    Held held = new Held();
    return held.lock(inode, exclusive, waitNanos) ? held : null;
  }

  /// How many inodes are locked or waited for; 0 when nothing is under way.
  public int count() {
    int count = 0;
    for (Stripe stripe : stripes) {
      stripe.gate.lock();
      count += stripe.locks.size();
      stripe.gate.unlock();
    }
    return count;
  }

  /// Nobody waits any more: who would have to does not get the lock. For good.
  public void end() {
    ended = true;
    for (Stripe stripe : stripes) {
      stripe.gate.lock();
      try {
        stripe.gate.signalAll();
      } finally {
        stripe.gate.unlock();
      }
    }
  }

  private Stripe stripe(long inode) {
    return stripes[(Long.hashCode(inode * 0x9E3779B97F4A7C15L) >>> 1) % STRIPES];
  }

  /// An owner and its locks. Used by one thread at a time.
  public final class Held implements AutoCloseable {
    // inode to whether it is exclusive
    private final TreeMap<Long, Boolean> held = new TreeMap<>(Long::compareUnsigned);

    private Held() {}

    /// Takes a lock, or keeps it if it has it in this mode.
    ///
    /// @return false if it could not be had in `waitNanos`
    /// @throws IllegalStateException if the order is not ascending, or a shared lock would have to
    ///   become exclusive
    public boolean lock(long inode, boolean exclusive, long waitNanos) throws InterruptedException {
      Boolean present = held.get(inode);
      if (present != null) {
        if (exclusive && !present) {
          throw new IllegalStateException("shared lock of " + Ids.text(inode) + " can't grow");
        }
        return true;
      }
      checkOrder(inode);
      Stripe stripe = stripe(inode);
      stripe.gate.lock();
      try {
        Lock lock = stripe.locks.computeIfAbsent(inode, key -> new Lock());
        if (lock.waiters.isEmpty() && lock.allows(exclusive)) {
          lock.grant(this, exclusive);
        } else if (!await(stripe, inode, lock, new Waiter(this, exclusive), waitNanos)) {
          return false;
        }
      } finally {
        stripe.gate.unlock();
      }
      held.put(inode, exclusive);
      return true;
    }

    /// Takes an exclusive lock without waiting.
    ///
    /// @return false if somebody has it
    public boolean lockNow(long inode) {
      checkOrder(inode);
      Stripe stripe = stripe(inode);
      stripe.gate.lock();
      try {
        Lock lock = stripe.locks.computeIfAbsent(inode, key -> new Lock());
        if (!lock.waiters.isEmpty() || !lock.allows(true)) {
          return false;
        }
        lock.grant(this, true);
      } finally {
        stripe.gate.unlock();
      }
      held.put(inode, true);
      return true;
    }

    /// Whether the inode is locked already, or comes after all that are.
    public boolean isInOrder(long inode) {
      return held.containsKey(inode) || lockedAfter(inode) == null;
    }

    private @Nullable Long lockedAfter(long inode) {
      for (Long last : held.descendingKeySet()) {
        if (Ids.counterOf(last) != Ids.COUNTER_MAX && Long.compareUnsigned(last, inode) > 0) {
          return last;
        }
      }
      return null;
    }

    private void checkOrder(long inode) {
      Long after = lockedAfter(inode);
      if (after != null) {
        throw new IllegalStateException(
            "lock of " + Ids.text(inode) + " after that of " + Ids.text(after));
      }
    }

    private boolean await(Stripe stripe, long inode, Lock lock, Waiter waiter, long waitNanos)
        throws InterruptedException {
      lock.waiters.add(waiter);
      long end = clock.nanoTime() + waitNanos;
      try {
        for (long rest = waitNanos;
            !waiter.granted && !ended && rest > 0;
            rest = end - clock.nanoTime()) {
          stripe.gate.awaitNanos(rest);
        }
        return waiter.granted;
      } catch (InterruptedException e) {
        if (waiter.granted) {
          waiter.granted = false;
          give(stripe, inode, lock, waiter.exclusive);
        }
        throw e;
      } finally {
        if (!waiter.granted) {
          lock.waiters.remove(waiter);
          // Those behind it may go on now.
          settle(stripe, inode, lock);
        }
      }
    }

    private void give(Stripe stripe, long inode, Lock lock, boolean exclusive) {
      if (exclusive) {
        lock.exclusive = null;
      } else {
        lock.shared.remove(this);
      }
      settle(stripe, inode, lock);
    }

    private void settle(Stripe stripe, long inode, Lock lock) {
      if (lock.grantWaiters()) {
        stripe.gate.signalAll();
      }
      if (lock.isFree()) {
        stripe.locks.remove(inode);
      }
    }

    /// Gives its exclusive locks, which must be all it has, to a new owner.
    public Held handOver() {
      Held heir = new Held();
      for (boolean exclusive : held.values()) {
        if (!exclusive) {
          throw new IllegalStateException("a shared lock can't be handed over");
        }
      }
      heir.held.putAll(held);
      held.clear();
      return heir;
    }

    public boolean hasExclusive(long inode) {
      return Boolean.TRUE.equals(held.get(inode));
    }

    /// The inodes it has locked, ascending.
    public List<Long> inodes() {
      return new ArrayList<>(held.keySet());
    }

    /// Releases all its locks; it can take others then.
    @Override
    public void close() {
      held.forEach((inode, exclusive) -> {
        Stripe stripe = stripe(inode);
        stripe.gate.lock();
        try {
          Lock lock = stripe.locks.get(inode);
          if (lock == null) {
            throw new IllegalStateException("lock of " + Ids.text(inode) + " is gone");
          }
          give(stripe, inode, lock, exclusive);
        } finally {
          stripe.gate.unlock();
        }
      });
      held.clear();
    }
  }
}
