package org.skep.runtime.rpc;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Threads;

/// A bounded set of threads with a queue in front. The thread that became idle last gets the next
/// job, since its memory is still in the cache; one that was idle for long ends. What a job throws
/// ends the process through [Threads].
final class WorkerPool {
  private static final long KEEP_NANOS = 10_000_000_000L;

  private final String name;
  private final int threadsMax;
  private final Clock clock;
  private final Threads threads;
  private final ReentrantLock lock = new ReentrantLock();
  // guarded by lock
  private final Deque<Job> waiting = new ArrayDeque<>();
  private final Deque<Worker> idle = new ArrayDeque<>();
  private int count;
  private long started;

  /// Runs on a worker's thread, with its memory.
  @FunctionalInterface
  interface Job {
    void run(FrameBuffers buffers);
  }

  private final class Worker {
    private final FrameBuffers buffers = new FrameBuffers();
    private volatile @Nullable Job job;
    private volatile @Nullable Thread thread;

    Worker(Job first) {
      job = first;
    }

    void run() {
      thread = Thread.currentThread();
      Job next = job;
      while (next != null) {
        job = null;
        next.run(buffers);
        next = nextJob(this);
      }
    }
  }

  WorkerPool(String name, int threadsMax, Clock clock, Threads threads) {
    this.name = name;
    this.threadsMax = threadsMax;
    this.clock = clock;
    this.threads = threads;
  }

  /// Hands the job to a thread, or queues it while all are busy. Does not wait.
  void submit(Job job) {
    Worker fresh = null;
    String threadName = "";
    lock.lock();
    try {
      Worker worker = idle.poll();
      if (worker != null) {
        worker.job = job;
        LockSupport.unpark(worker.thread);
      } else if (count < threadsMax) {
        count++;
        fresh = new Worker(job);
        threadName = name + "-" + ++started;
      } else {
        waiting.add(job);
      }
    } finally {
      lock.unlock();
    }
    if (fresh != null) {
      Thread _ = threads.start(threadName, fresh::run);
    }
  }

  /// Whether threads are so few that none should wait for a single connection.
  boolean crowded() {
    lock.lock();
    try {
      return !waiting.isEmpty() || count - idle.size() > threadsMax - threadsMax / 4;
    } finally {
      lock.unlock();
    }
  }

  /// The next job for a worker that has finished one; null if it shall end.
  private @Nullable Job nextJob(Worker worker) {
    lock.lock();
    try {
      Job job = waiting.poll();
      if (job != null) {
        return job;
      }
      idle.push(worker);
    } finally {
      lock.unlock();
    }
    long end = clock.nanoTime() + KEEP_NANOS;
    while (worker.job == null) {
      clock.parkNanos(this, end - clock.nanoTime());
      boolean _ = Thread.interrupted(); // a stray one would keep it from parking
      Job job = worker.job;
      if (job == null && clock.nanoTime() - end >= 0 && retired(worker)) {
        return null;
      }
    }
    return worker.job;
  }

  private boolean retired(Worker worker) {
    lock.lock();
    try {
      if (!idle.remove(worker)) {
        return false; // it has just been given a job
      }
      count--;
      return true;
    } finally {
      lock.unlock();
    }
  }
}
