package org.skep.metadata.lock;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Clock;

/// Who waits for a lock on this shard, in the order of arrival. Not persisted: after a restart the
/// clients ask again within two seconds.
///
/// **Tickets.** A waiting request is named by (client, ticket) and keeps its place from request to
/// request. A ticket that nobody attends for [#FORGOTTEN_NANOS] is dropped.
///
/// **Order.** A waiting request goes behind earlier ones that it conflicts with, so that readers
/// that come and go don't starve a writer. Two exceptions, because Linux has no such order and
/// programs may rely on that: it passes one that waits for a lock of the same owner, and after
/// [#PATIENCE_NANOS] it passes any that could not be granted now anyway.
///
/// **Circles.** An fcntl owner that waits, waits for all who hold conflicting locks; if one of them
/// waits for it, over whichever inodes of the shard, the request is refused (EDEADLK). The tables
/// of inodes with waiters are kept here and are exact, as [#changed] is called with each change.
///
/// Any thread may call it. Methods that say so expect the inode locked (exclusively) by the caller;
/// none of them blocks but [#await].
public final class LockWaits {

  /// The longest a ticket keeps its place while no request attends it: a client that lives comes
  /// back at once, or after a new connection.
  public static final long FORGOTTEN_NANOS = 5_000_000_000L;

  /// How long a request lets earlier ones go first that are still blocked.
  public static final long PATIENCE_NANOS = 1_000_000_000L;

  /// The most that wait for one inode, and for all inodes; beyond: ENOLCK. Each attended one holds
  /// a connection's thread.
  public static final int QUEUE_MAX = 4_096;

  public static final int WAITERS_MAX = 65_536;

  /// How long, and how many, cancelled tickets are remembered, for requests that their cancellation
  /// overtakes.
  public static final long CANCELLED_NANOS = 60_000_000_000L;

  public static final int CANCELLED_MAX = 10_000;

  /// How many requests may hold a thread of the server while they wait; the rest is told to come
  /// back later.
  public static final int ATTENDED_MAX = 256;

  /// What to do with a request.
  public enum Verdict {
    /// No lock and no earlier request is in its way: set it now, with the inode still locked.
    GRANT,
    /// It is in the queue: [LockWaits#await].
    WAIT,
    /// Waiting would close a circle; it is not in the queue.
    DEADLOCK,
    /// Cancelled; it is not in the queue.
    CANCELLED,
    /// The queue is full; it is not in it.
    FULL,
    /// The ticket is in use for another lock.
    MISUSED
  }

  /// Names a waiting request.
  public record Ticket(long client, long number) {}

  private static final class Queue {
    private LockTable table;
    private final List<LockWaiter> waiters = new ArrayList<>();

    private Queue(LockTable table) {
      this.table = table;
    }
  }

  private final Clock clock;
  // all guarded by this
  private final Map<Ticket, LockWaiter> waiters = new HashMap<>();
  private final Map<Long, Queue> queues = new HashMap<>();
  private final Map<LockOwner, List<LockWaiter>> byOwner = new HashMap<>();
  private final Map<Ticket, Long> cancelled = new LinkedHashMap<>();
  private int attended;

  public LockWaits(Clock clock) {
    this.clock = clock;
  }

  /// Puts a request into its queue, or finds that it need not wait. The inode is locked by the
  /// caller; `table` are its locks now. After GRANT the caller sets the lock and calls [#changed]
  /// and [#leave].
  public synchronized Verdict ask(long inode, Ticket ticket, HeldLock wanted, LockTable table) {
    long now = clock.nanoTime();
    if (cancelled.containsKey(ticket)) {
      drop(waiters.get(ticket));
      return Verdict.CANCELLED;
    }
    LockWaiter known = waiters.get(ticket);
    if (known != null && (known.inode != inode || !known.wanted.equals(wanted))) {
      return Verdict.MISUSED;
    }
    Queue queue = queues.get(inode);
    if (queue != null) {
      queue.table = table;
    }
    LockWaiter waiter = known != null ? known : new LockWaiter(clock, inode, ticket, wanted);
    if (isFree(waiter, queue, table, now)) {
      return Verdict.GRANT;
    }
    if (closesCircle(wanted, table, now)) {
      drop(known);
      return Verdict.DEADLOCK;
    }
    if (known == null && !join(waiter, table)) {
      return Verdict.FULL;
    }
    waiter.unattendedSinceNanos = now;
    return Verdict.WAIT;
  }

  private boolean join(LockWaiter waiter, LockTable table) {
    Queue queue = queues.computeIfAbsent(waiter.inode, inode -> new Queue(table));
    if (queue.waiters.size() >= QUEUE_MAX || waiters.size() >= WAITERS_MAX) {
      return false;
    }
    queue.waiters.add(waiter);
    waiters.put(waiter.ticket, waiter);
    byOwner.computeIfAbsent(waiter.wanted.owner(), owner -> new ArrayList<>()).add(waiter);
    return true;
  }

  /// Waits until it is worth asking again, at most that long. The inode must not be locked by the
  /// caller.
  ///
  /// @return false if the time has passed and nothing changed for this ticket
  /// @throws InterruptedException if the thread is interrupted; the ticket keeps its place for a
  ///   while
  public boolean await(Ticket ticket, long nanos) throws InterruptedException {
    LockWaiter waiter;
    synchronized (this) {
      waiter = waiters.get(ticket);
      if (waiter == null) {
        return true;
      }
      waiter.attendants++;
      attended++;
    }
    try {
      waiter.await(nanos);
    } finally {
      synchronized (this) {
        waiter.attendants--;
        attended--;
        waiter.unattendedSinceNanos = clock.nanoTime();
      }
    }
    return worthAsking(ticket);
  }

  private synchronized boolean worthAsking(Ticket ticket) {
    LockWaiter waiter = waiters.get(ticket);
    if (waiter == null || cancelled.containsKey(ticket)) {
      return true;
    }
    Queue queue = queueOf(waiter);
    return isFree(waiter, queue, queue.table, clock.nanoTime());
  }

  /// Takes the inode's locks as they are now and wakes who may go on. To be called after each
  /// change of an inode's locks, with the inode still locked.
  public synchronized void changed(long inode, LockTable table) {
    Queue queue = queues.get(inode);
    if (queue != null) {
      queue.table = table;
      wake(queue);
    }
  }

  /// Ends the waiting of a ticket, because its lock was set or its request failed. No error if it
  /// is not there.
  public synchronized void leave(Ticket ticket) {
    drop(waiters.get(ticket));
  }

  /// Ends the waiting of a ticket with [Verdict#CANCELLED], now or when its request arrives (it may
  /// have been overtaken). Has no effect on a lock that was set.
  public synchronized void cancel(Ticket ticket) {
    expireCancelled(clock.nanoTime());
    if (cancelled.size() >= CANCELLED_MAX) {
      cancelled.remove(cancelled.keySet().iterator().next());
    }
    cancelled.put(ticket, clock.nanoTime());
    LockWaiter waiter = waiters.get(ticket);
    if (waiter != null) {
      waiter.wake();
    }
  }

  /// Ends the waiting of all tickets of a client whose session ended.
  public synchronized void dropClient(long client) {
    for (LockWaiter waiter : List.copyOf(waiters.values())) {
      if (waiter.ticket.client() == client) {
        drop(waiter);
      }
    }
  }

  /// The shard serves no more: all who wait are to ask again, and hear so.
  public synchronized void end() {
    waiters.values().stream()
        .sorted(Comparator.comparingLong(waiter -> waiter.arrivedNanos))
        .forEach(LockWaiter::wake);
  }

  /// Drops forgotten tickets; to be called every second or so.
  public synchronized void expire() {
    long now = clock.nanoTime();
    for (LockWaiter waiter : List.copyOf(waiters.values())) {
      if (waiter.isForgotten(now)) {
        drop(waiter);
      }
    }
    expireCancelled(now);
  }

  /// Whether so many requests hold threads that no more should.
  public synchronized boolean isCrowded() {
    return attended >= ATTENDED_MAX;
  }

  /// How many tickets there are; for metrics and tests.
  public synchronized int size() {
    return waiters.size();
  }

  private void expireCancelled(long now) {
    cancelled.values().removeIf(since -> now - since > CANCELLED_NANOS);
  }

  private void drop(@Nullable LockWaiter waiter) {
    if (waiter == null) {
      return;
    }
    waiters.remove(waiter.ticket);
    List<LockWaiter> same = byOwner.get(waiter.wanted.owner());
    if (same != null) {
      same.remove(waiter);
      if (same.isEmpty()) {
        byOwner.remove(waiter.wanted.owner());
      }
    }
    Queue queue = queueOf(waiter);
    queue.waiters.remove(waiter);
    waiter.wake();
    if (queue.waiters.isEmpty()) {
      queues.remove(waiter.inode);
    } else {
      wake(queue);
    }
  }

  private Queue queueOf(LockWaiter waiter) {
    Queue queue = queues.get(waiter.inode);
    if (queue == null) {
      throw new IllegalStateException("no queue for waiter " + waiter.ticket);
    }
    return queue;
  }

  /// Wakes those whom no lock blocks and no earlier one of that kind.
  private void wake(Queue queue) {
    List<LockWaiter> ahead = new ArrayList<>();
    for (LockWaiter waiter : queue.waiters) {
      if (queue.table.conflict(waiter.wanted) == null) {
        if (ahead.stream().noneMatch(other -> other.wanted.conflictsWith(waiter.wanted))) {
          waiter.wake();
        }
        ahead.add(waiter);
      }
    }
  }

  private static boolean isFree(
      LockWaiter waiter, @Nullable Queue queue, LockTable table, long now) {
    if (table.conflict(waiter.wanted) != null) {
      return false;
    }
    if (queue == null) {
      return true;
    }
    for (LockWaiter earlier : queue.waiters) {
      if (earlier == waiter) {
        return true;
      }
      if (earlier.wanted.conflictsWith(waiter.wanted) && !mayPass(waiter, earlier, table, now)) {
        return false;
      }
    }
    return true;
  }

  private static boolean mayPass(LockWaiter waiter, LockWaiter earlier, LockTable table, long now) {
    return earlier.isForgotten(now)
        || table.blocks(waiter.wanted.owner(), earlier.wanted)
        || (now - waiter.arrivedNanos >= PATIENCE_NANOS && table.conflict(earlier.wanted) != null);
  }

  private boolean closesCircle(HeldLock wanted, LockTable table, long now) {
    if (wanted.family() != LockFamily.FCNTL) {
      return false;
    }
    Deque<LockOwner> open = new ArrayDeque<>(table.blockers(wanted));
    Set<LockOwner> seen = new HashSet<>(open);
    for (LockOwner owner = open.poll(); owner != null; owner = open.poll()) {
      if (owner.equals(wanted.owner())) {
        return true;
      }
      for (LockWaiter waiter : byOwner.getOrDefault(owner, List.of())) {
        if (!waiter.isForgotten(now) && !cancelled.containsKey(waiter.ticket)) {
          for (LockOwner blocker : queueOf(waiter).table.blockers(waiter.wanted)) {
            if (seen.add(blocker)) {
              open.add(blocker);
            }
          }
        }
      }
    }
    return false;
  }
}
