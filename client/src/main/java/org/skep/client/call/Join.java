package org.skep.client.call;

import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;

/// Waits until some tasks have ended, and tells the first failure. Each task is bounded by the wait
/// of its request, so the waiting needs no limit of its own. One thread waits; any thread ends
/// tasks.
public final class Join {
  private final Gate gate;
  // guarded by gate
  private int running;
  private @Nullable ErrnoException failure;

  public Join(Clock clock) {
    this.gate = new Gate(clock);
  }

  /// One more task, which will call [#run] in its thread. To be called before it is started.
  public void add() {
    gate.lock();
    running++;
    gate.unlock();
  }

  /// Runs the task in this thread and counts it as ended.
  public void run(Task task) {
    ErrnoException failed = null;
    try {
      task.run();
    } catch (ErrnoException e) {
      failed = e;
    } finally {
      ended(failed);
    }
  }

  private void ended(@Nullable ErrnoException failed) {
    gate.lock();
    try {
      running--;
      if (failure == null) {
        failure = failed;
      }
      if (running == 0) {
        gate.signalAll();
      }
    } finally {
      gate.unlock();
    }
  }

  /// Waits for all tasks, also when one has failed: they use the caller's buffers.
  ///
  /// @throws ErrnoException the first failure
  public void await() throws ErrnoException {
    gate.lock();
    try {
      Waits.until(gate, () -> running == 0);
      if (failure != null) {
        throw failure;
      }
    } finally {
      gate.unlock();
    }
  }

  /// Waits for all tasks; for those that use nothing of the caller's. An interrupt ends the wait,
  /// and the tasks go on.
  ///
  /// @throws ErrnoException the first failure; EINTR if interrupted
  public void awaitUnlessInterrupted() throws ErrnoException {
    gate.lock();
    try {
      Waits.unlessInterrupted(gate, "the servers of a file", () -> running == 0);
      if (failure != null) {
        throw failure;
      }
    } finally {
      gate.unlock();
    }
  }

  /// A request and what is done with its answer.
  @FunctionalInterface
  public interface Task {
    void run() throws ErrnoException;
  }
}
