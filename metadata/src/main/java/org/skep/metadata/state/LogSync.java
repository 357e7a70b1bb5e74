package org.skep.metadata.state;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.skep.metadata.store.KeyValueStore;
import org.skep.runtime.port.DiskException;

/// Makes batches durable for all who wait, with as few syncs as possible: while one runs, those who
/// come wait for it, and the next one serves them all. Any thread may call it.
final class LogSync {
  private final KeyValueStore store;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // guarded by lock
  private long synced;
  private long applied;
  private boolean running;

  LogSync(KeyValueStore store, long applied) {
    this.store = store;
    this.applied = applied;
  }

  /// Batch `number`, and all before it, are applied.
  void applied(long number) {
    lock.lock();
    try {
      applied = number;
    } finally {
      lock.unlock();
    }
  }

  /// Returns when batch `number` is on the disk.
  void await(long number) throws DiskException {
    lock.lock();
    try {
      while (synced < number) {
        if (running) {
          changed.awaitUninterruptibly();
        } else {
          run();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  // Called with the lock held, which is given up while the disk works.
  @SuppressWarnings("LockNotBeforeTry")
  private void run() throws DiskException {
    running = true;
    long upTo = applied;
    boolean done = false;
    lock.unlock();
    try {
      store.sync();
      done = true;
    } finally {
      lock.lock();
      running = false;
      if (done) {
        synced = upTo;
      }
      changed.signalAll();
    }
  }
}
