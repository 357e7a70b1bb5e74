package org.skep.metadata.replication;

import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;

/// One call that waits, on its thread. An interrupt does not end it (the end of the shard does),
/// but is there again afterwards.
final class Waiting {
  private static final long LONG_NANOS = 3_600_000_000_000L;

  private final Clock clock;
  private boolean interrupted;

  Waiting(Clock clock) {
    this.clock = clock;
  }

  /// Waits for a signal. The gate is locked, before and afterwards.
  void at(Gate gate) {
    long _ = at(gate, LONG_NANOS);
  }

  /// Waits for a signal, at most that long.
  ///
  /// @return what is left of `nanos`
  long at(Gate gate, long nanos) {
    long end = clock.nanoTime() + nanos;
    try {
      return gate.awaitNanos(nanos);
    } catch (InterruptedException e) {
      interrupted = true;
      return end - clock.nanoTime();
    }
  }

  /// An interrupt came in the middle of something else than a wait.
  void interrupted() {
    interrupted = true;
  }

  void restoreInterrupt() {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
