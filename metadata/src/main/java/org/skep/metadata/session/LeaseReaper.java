package org.skep.metadata.session;

import org.skep.metadata.lock.LockWaits;
import org.skep.metadata.state.ShardEndedException;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Threads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The background job that ends the sessions of silent clients and drops forgotten lock tickets,
/// every second.
public final class LeaseReaper {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseReaper.class);
  private static final long PERIOD_NANOS = 1_000_000_000L;

  private final Sessions sessions;
  private final LockWaits waits;
  private final Gate gate;
  // guarded by gate
  private boolean running;
  private boolean stopping;
  // only the job's thread
  private boolean failing;

  public LeaseReaper(Sessions sessions, LockWaits waits, Clock clock) {
    this.sessions = sessions;
    this.waits = waits;
    gate = new Gate(clock);
  }

  /// Starts the job's thread; once.
  public void start(Threads threads) {
    gate.lock();
    running = true;
    gate.unlock();
    Thread _ = threads.start("lease-reaper", this::run);
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

  /// Stops the job; returns when it no longer uses the store.
  public void stop() throws InterruptedException {
    end();
    gate.lock();
    try {
      while (running) {
        gate.awaitNanos(PERIOD_NANOS);
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
      while (pause()) {
        round();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("the lease reaper was interrupted", e);
    } finally {
      gate.lock();
      running = false;
      gate.signalAll();
      gate.unlock();
    }
  }

  /// @return whether to go on
  private boolean pause() throws InterruptedException {
    gate.lock();
    try {
      long rest = PERIOD_NANOS;
      while (!stopping && rest > 0) {
        rest = gate.awaitNanos(rest);
      }
      return !stopping;
    } finally {
      gate.unlock();
    }
  }

  /// A disk that is full or broken is tried again: ends are not lost, only late.
  private void round() throws InterruptedException {
    waits.expire();
    try {
      sessions.reap();
      failing = false;
    } catch (ShardEndedException e) {
      LOG.debug("the lease reaper ends: {}", e.getMessage());
    } catch (DiskException e) {
      if (!failing) {
        LOG.error("sessions can't be ended reason={}", e.getMessage());
      }
      failing = true;
    }
  }
}
