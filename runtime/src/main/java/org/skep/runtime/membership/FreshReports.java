package org.skep.runtime.membership;

import java.util.List;
import java.util.function.Supplier;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;
import org.skep.wire.message.TargetReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the targets for their reports on a thread of its own, so that one whose disk hangs does not
/// hold up the heartbeats. Used by one thread.
final class FreshReports {
  private static final Logger LOGGER = LoggerFactory.getLogger(FreshReports.class);

  /// How long reports may take. A disk that is only busy is quicker.
  private static final long PATIENCE_NANOS = 500_000_000L;

  /// So long earlier reports do instead; then the targets count as silent.
  private static final long STALE_NANOS = 2_000_000_000L;

  private static final long TICK_NANOS = 1_000_000_000L;

  private final Ports ports;
  private final Supplier<List<TargetReport>> source;
  private final Gate gate;
  // all guarded by gate
  private List<TargetReport> latest = List.of();
  private long latestAsked;
  private long askedNanos;
  private long asked;
  private long answered;
  private boolean late;
  private boolean stopped;

  FreshReports(Ports ports, Supplier<List<TargetReport>> source) {
    this.ports = ports;
    this.source = source;
    gate = new Gate(ports.clock());
  }

  void start() {
    Thread _ = ports.threads().start("target-reports", this::run);
  }

  void stop() {
    gate.lock();
    try {
      stopped = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Reports that were asked for after this call began; if they don't come in time the ones before,
  /// if they are not older than 2 s, else none. Once they were late they are not waited for.
  List<TargetReport> get() throws InterruptedException {
    long start = ports.clock().nanoTime();
    gate.lock();
    try {
      long wanted = ++asked;
      askedNanos = start;
      gate.signalAll();
      for (long rest = late ? 0 : PATIENCE_NANOS; answered < wanted && rest > 0 && !stopped; ) {
        rest = gate.awaitNanos(rest);
      }
      noteLate(answered < wanted);
      boolean usable = answered > 0 && start - latestAsked <= STALE_NANOS;
      return usable ? latest : List.of();
    } finally {
      gate.unlock();
    }
  }

  private void noteLate(boolean now) {
    if (now != late && !stopped) {
      late = now;
      LOGGER.warn(now ? "the targets' reports take long" : "the targets report in time again");
    }
  }

  private void run() {
    try {
      long serving = await(0);
      while (serving > 0) {
        long since = askedAt();
        List<TargetReport> fresh = List.copyOf(source.get());
        take(serving, since, fresh);
        serving = await(serving);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }

  /// The number of a request after `served`; 0 at the stop.
  private long await(long served) throws InterruptedException {
    gate.lock();
    try {
      while (asked == served && !stopped) {
        long _ = gate.awaitNanos(TICK_NANOS);
      }
      return stopped ? 0 : asked;
    } finally {
      gate.unlock();
    }
  }

  private long askedAt() {
    gate.lock();
    try {
      return askedNanos;
    } finally {
      gate.unlock();
    }
  }

  private void take(long serving, long since, List<TargetReport> fresh) {
    gate.lock();
    try {
      latest = fresh;
      latestAsked = since;
      answered = serving;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }
}
