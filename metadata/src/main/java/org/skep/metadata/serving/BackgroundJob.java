package org.skep.metadata.serving;

import org.skep.metadata.state.ShardEndedException;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Threads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Does something again and again on a thread of its own. [#start] and [#stop] are called once.
public final class BackgroundJob {
  private static final Logger LOG = LoggerFactory.getLogger(BackgroundJob.class);
  private static final long STOP_WAIT_NANOS = 1_000_000_000L;

  private final String name;
  private final long periodNanos;
  private final Round round;
  private final Gate gate;
  // guarded by gate
  private boolean running;
  private boolean stopping;
  // only the job's thread
  private boolean failing;

  /// One round of the job.
  @FunctionalInterface
  public interface Round {
    /// A disk that refuses is tried again in the next round.
    void run() throws DiskException, InterruptedException;
  }

  public BackgroundJob(String name, long periodNanos, Clock clock, Round round) {
    this.name = name;
    this.periodNanos = periodNanos;
    this.round = round;
    gate = new Gate(clock);
  }

  public void start(Threads threads) {
    gate.lock();
    try {
      running = true;
    } finally {
      gate.unlock();
    }
    Thread _ = threads.start(name, this::run);
  }

  /// The round that runs is the last one. Does not wait for it.
  public void end() {
    gate.lock();
    try {
      stopping = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Ends it, and returns when its last round has ended.
  public void stop() throws InterruptedException {
    end();
    gate.lock();
    try {
      while (running) {
        long _ = gate.awaitNanos(STOP_WAIT_NANOS);
      }
    } finally {
      gate.unlock();
    }
  }

  /// Whether a round may be under way, or may come.
  public boolean isRunning() {
    gate.lock();
    try {
      return running;
    } finally {
      gate.unlock();
    }
  }

  private void run() {
    try {
      do {
        runOnce();
      } while (pause());
    } catch (InterruptedException e) {
      throw new IllegalStateException(name + " was interrupted", e);
    } finally {
      gate.lock();
      try {
        running = false;
        gate.signalAll();
      } finally {
        gate.unlock();
      }
    }
  }

  private void runOnce() throws InterruptedException {
    try {
      round.run();
      failing = false;
    } catch (ShardEndedException e) {
      LOG.debug("job={} ends: {}", name, e.getMessage());
    } catch (DiskException e) {
      if (!failing) {
        LOG.error("job={} failed, trying on reason={}", name, e.getMessage());
      }
      failing = true;
    }
  }

  private boolean pause() throws InterruptedException {
    gate.lock();
    try {
      long rest = periodNanos;
      while (!stopping && rest > 0) {
        rest = gate.awaitNanos(rest);
      }
      return !stopping;
    } finally {
      gate.unlock();
    }
  }
}
