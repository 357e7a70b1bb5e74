package org.skep.client.call;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Threads;

/// A queue of tasks and the few threads that run them, in the order they came. The thread that was
/// idle last gets the next task: its stack and buffers are still in the cache.
final class Lane {
  // Long enough that a steady stream never starts threads, short enough that a quiet mount holds
  // none.
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Clock clock;
  private final Threads threads;
  private final int threadsMax;
  private final String name;
  private final ReentrantLock lock = new ReentrantLock();
  // guarded by lock
  private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
  private final ArrayDeque<Worker> idle = new ArrayDeque<>();
  private int threadCount;
  private boolean closed;

  Lane(Clock clock, Threads threads, int threadsMax, String name) {
    this.clock = clock;
    this.threads = threads;
    this.threadsMax = threadsMax;
    this.name = name;
  }

  /// A thread of the lane, and the task it was given while it was idle.
  private final class Worker implements Runnable {
    private volatile @Nullable Thread thread;
    private volatile @Nullable Runnable given;
    private volatile boolean ended;

    @Override
    public void run() {
      thread = Thread.currentThread();
      for (Runnable task = next(this); task != null; task = next(this)) {
        task.run();
      }
    }
  }

  void submit(Runnable task) {
    lock.lock();
    try {
      Worker worker = idle.pollLast();
      if (worker != null) {
        worker.given = task;
        LockSupport.unpark(worker.thread);
        return;
      }
      queue.add(task);
      if (threadCount < threadsMax) {
        threadCount++;
        threads.start(name, new Worker());
      }
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      for (Worker worker : idle) {
        worker.ended = true;
        LockSupport.unpark(worker.thread);
      }
      threadCount -= idle.size();
      idle.clear();
    } finally {
      lock.unlock();
    }
  }

  /// The next task, or null if the thread is to end.
  private @Nullable Runnable next(Worker worker) {
    lock.lock();
    try {
      Runnable task = queue.poll();
      if (task != null) {
        return task;
      }
      if (closed) {
        threadCount--;
        return null;
      }
      worker.given = null;
      idle.add(worker);
    } finally {
      lock.unlock();
    }
    return awaitGiven(worker);
  }

  private @Nullable Runnable awaitGiven(Worker worker) {
    long end = clock.nanoTime() + IDLE_NANOS;
    while (worker.given == null && !worker.ended) {
      long rest = end - clock.nanoTime();
      if (rest <= 0 && leaves(worker)) {
        return null;
      }
      clock.parkNanos(this, Math.max(1, rest));
      // Nobody has a reason to interrupt a lane; a left-over interrupt would make it spin.
      boolean _ = Thread.interrupted();
    }
    return worker.given;
  }

  /// Takes the worker off the idle ones, unless it was given something meanwhile.
  private boolean leaves(Worker worker) {
    lock.lock();
    try {
      boolean left = idle.remove(worker);
      if (left) {
        threadCount--;
      }
      return left;
    } finally {
      lock.unlock();
    }
  }
}
