package org.skep.storage.resync;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;

/// What a run's workers still have to do. One thread adds, and waits while there is much; any
/// number take. Any thread may cancel.
final class WorkQueue {
  /// How far the one who adds is ahead; also what `bytes to go` knows of.
  private static final int PARTS_MAX = 10_000;

  private static final long LONG_NANOS = 3_600_000_000_000L;

  private final Gate gate;
  // all guarded by gate
  private final Deque<ChunkWork.Part> parts = new ArrayDeque<>();
  private int running;
  private boolean closed;
  private @Nullable String cancelled;

  WorkQueue(Clock clock) {
    gate = new Gate(clock);
  }

  /// Adds something new, waiting for room.
  ///
  /// @throws InterruptedResyncException if it is cancelled
  void put(ChunkWork.Part part) throws InterruptedResyncException, InterruptedException {
    gate.lock();
    try {
      while (cancelled == null && parts.size() >= PARTS_MAX) {
        long _ = gate.awaitNanos(LONG_NANOS);
      }
      checkLocked();
      parts.addLast(part);
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Adds parts of something that was taken: they are the next ones.
  void putFirst(List<ChunkWork.Part> more) {
    gate.lock();
    try {
      more.reversed().forEach(parts::addFirst);
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// The next part, which is given back by [#done]; null if there will be none.
  ChunkWork.@Nullable Part take() throws InterruptedException {
    gate.lock();
    try {
      while (cancelled == null && parts.isEmpty() && !closed) {
        long _ = gate.awaitNanos(LONG_NANOS);
      }
      if (cancelled != null || parts.isEmpty()) {
        return null;
      }
      running++;
      return parts.removeFirst();
    } finally {
      gate.unlock();
    }
  }

  void done() {
    gate.lock();
    try {
      running--;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Waits until all that was added is done.
  ///
  /// @throws InterruptedResyncException if it is cancelled
  void awaitDone() throws InterruptedResyncException, InterruptedException {
    gate.lock();
    try {
      while (cancelled == null && (running > 0 || !parts.isEmpty())) {
        long _ = gate.awaitNanos(LONG_NANOS);
      }
      checkLocked();
    } finally {
      gate.unlock();
    }
  }

  /// Nothing will be added any more.
  void close() {
    gate.lock();
    try {
      closed = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Nothing is done any more. The first reason counts.
  void cancel(String reason) {
    gate.lock();
    try {
      if (cancelled == null) {
        cancelled = reason;
      }
      parts.clear();
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// @throws InterruptedResyncException if it is cancelled, with the reason
  void check() throws InterruptedResyncException {
    gate.lock();
    try {
      checkLocked();
    } finally {
      gate.unlock();
    }
  }

  private void checkLocked() throws InterruptedResyncException {
    if (cancelled != null) {
      throw new InterruptedResyncException(cancelled);
    }
  }
}
