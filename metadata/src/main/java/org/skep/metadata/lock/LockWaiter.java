package org.skep.metadata.lock;

import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;

/// One entry of a queue of [LockWaits], whose monitor guards the changing fields without a comment.
final class LockWaiter {
  final long inode;
  final LockWaits.Ticket ticket;
  final HeldLock wanted;
  final long arrivedNanos;

  /// How many requests wait for it right now.
  int attendants;

  /// Since when no request waits for it; of no meaning while one does.
  long unattendedSinceNanos;

  private final Gate gate;
  // guarded by gate
  private boolean woken;

  LockWaiter(Clock clock, long inode, LockWaits.Ticket ticket, HeldLock wanted) {
    this.inode = inode;
    this.ticket = ticket;
    this.wanted = wanted;
    this.arrivedNanos = clock.nanoTime();
    this.unattendedSinceNanos = arrivedNanos;
    this.gate = new Gate(clock);
  }

  boolean isForgotten(long now) {
    return attendants == 0 && now - unattendedSinceNanos > LockWaits.FORGOTTEN_NANOS;
  }

  /// Ends the present [#await], or the next one.
  void wake() {
    gate.lock();
    try {
      woken = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Waits for [#wake], at most that long. Not to be called with the monitor of [LockWaits] held.
  void await(long nanos) throws InterruptedException {
    gate.lock();
    try {
      long rest = nanos;
      while (!woken && rest > 0) {
        rest = gate.awaitNanos(rest);
      }
      woken = false;
    } finally {
      gate.unlock();
    }
  }
}
