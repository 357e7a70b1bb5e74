package org.skep.runtime.port;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// A lock with one condition whose timed wait follows a [Clock]: the way to wait for a change of
/// shared state, in real and in simulated time. The state it guards is read and changed with the
/// gate locked.
public final class Gate {
  private final Clock clock;
  private final ReentrantLock lock;
  // guarded by lock
  private final List<Waiter> waiters = new ArrayList<>();

  private static final class Waiter {
    private final Thread thread = Thread.currentThread();
    private volatile boolean signalled;
  }

  public Gate(Clock clock) {
    this(clock, new ReentrantLock());
  }

  private Gate(Clock clock, ReentrantLock lock) {
    this.clock = clock;
    this.lock = lock;
  }

  /// Another condition with the same lock: who waits there is woken by its signals only.
  public Gate beside() {
    return new Gate(clock, lock);
  }

  public void lock() {
    lock.lock();
  }

  public void unlock() {
    lock.unlock();
  }

  /// Wakes all who wait. The gate must be locked by the caller.
  public void signalAll() {
    assertLocked();
    for (Waiter waiter : waiters) {
      waiter.signalled = true;
      LockSupport.unpark(waiter.thread);
    }
    waiters.clear();
  }

  /// Unlocks the gate, waits for a signal or until `nanos` have passed, and locks it again. The
  /// caller checks its condition in a loop.
  ///
  /// @return what is left of `nanos`; not positive if the time has passed
  /// @throws InterruptedException if the thread is interrupted; the gate is locked again then as
  ///   well
  public long awaitNanos(long nanos) throws InterruptedException {
    assertLocked();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    long end = clock.nanoTime() + nanos;
    Waiter waiter = new Waiter();
    waiters.add(waiter);
    lock.unlock();
    boolean interrupted = false;
    try {
      long rest = nanos;
      while (!waiter.signalled && rest > 0 && !interrupted) {
        clock.parkNanos(this, rest);
        interrupted = Thread.interrupted();
        rest = end - clock.nanoTime();
      }
    } finally {
      lock.lock();
      waiters.remove(waiter);
    }
    if (interrupted) {
      throw new InterruptedException();
    }
    return end - clock.nanoTime();
  }

  private void assertLocked() {
    if (!lock.isHeldByCurrentThread()) {
      throw new IllegalMonitorStateException("the gate is not locked by this thread");
    }
  }
}
