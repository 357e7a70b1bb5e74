package org.skep.storage.sweep;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sweeps all targets, one after the other, on a thread of its own: at the start, and again after
/// the interval. What could not be finished is tried again after a minute, then after two, four, up
/// to the interval.
public final class Sweeper {
  private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);
  private static final long RETRY_NANOS = 60_000_000_000L;

  private final Ports ports;
  private final ServedTargets targets;
  private final Sweep sweep;
  private final long intervalNanos;
  private final Gate gate;
  // guarded by gate
  private boolean stopped;
  // guarded by gate
  private @Nullable Thread thread;

  public Sweeper(Ports ports, ServedTargets targets, Sweep sweep, long intervalNanos) {
    this.ports = ports;
    this.targets = targets;
    this.sweep = sweep;
    this.intervalNanos = intervalNanos;
    this.gate = new Gate(ports.clock());
  }

  /// Starts the thread. Once only.
  public void start() {
    gate.lock();
    try {
      thread = ports.threads().start("storage-sweep", this::run);
    } finally {
      gate.unlock();
    }
  }

  /// Ends a sweep that is running, and the thread with it.
  public void stop() {
    gate.lock();
    try {
      stopped = true;
      gate.signalAll();
      if (thread != null) {
        thread.interrupt();
      }
    } finally {
      gate.unlock();
    }
  }

  /// Sweeps all targets now, on the calling thread.
  ///
  /// @return by target id; a target whose disk failed, or that serves no more, is not in it
  public Map<Integer, Sweep.Result> sweepAll() throws InterruptedException {
    Map<Integer, Sweep.Result> results = new TreeMap<>();
    for (StorageTarget target : targets.all()) {
      if (target.fault() == null) {
        try {
          results.put(target.id(), sweep.run(target).plus(sweep.runGroup(target)));
        } catch (IOException e) {
          LOG.warn("target {}: sweep ends early: {}", target.id(), e.getMessage());
        }
      }
    }
    return results;
  }

  private void run() {
    long retryNanos = Math.min(RETRY_NANOS, intervalNanos);
    try {
      while (goesOn()) {
        boolean complete = isComplete(sweepAll());
        pause(complete ? intervalNanos : retryNanos);
        retryNanos = complete ? RETRY_NANOS : 2 * retryNanos;
        retryNanos = Math.min(retryNanos, intervalNanos);
      }
    } catch (InterruptedException e) {
      if (goesOn()) {
        throw new IllegalStateException("only stop interrupts this thread", e);
      }
    }
  }

  private boolean isComplete(Map<Integer, Sweep.Result> results) {
    return results.size() == targets.all().size()
        && results.values().stream().allMatch(result -> result.skipped() == 0);
  }

  private boolean goesOn() {
    gate.lock();
    try {
      return !stopped;
    } finally {
      gate.unlock();
    }
  }

  private void pause(long nanos) throws InterruptedException {
    gate.lock();
    try {
      long restNanos = nanos;
      while (!stopped && restNanos > 0) {
        restNanos = gate.awaitNanos(restNanos);
      }
    } finally {
      gate.unlock();
    }
  }
}
