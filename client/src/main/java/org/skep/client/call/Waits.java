package org.skep.client.call;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.skep.runtime.port.Gate;

/// Waiting at a gate that an interrupt does not end: a thread that has handed its buffers to
/// others, or that must see a file's order kept, can't leave before they are done. The interrupt is
/// restored.
public final class Waits {
  // As long as nothing is to be seen from outside, the length of one wait doesn't matter.
  private static final long ROUND_NANOS = TimeUnit.HOURS.toNanos(1);

  private Waits() {}

  /// Waits until the condition holds; the gate is locked by the caller.
  public static void until(Gate gate, BooleanSupplier condition) {
    until(gate, condition, Long.MAX_VALUE);
  }

  /// Waits until the condition holds, at most that long; the gate is locked by the caller.
  ///
  /// @return whether the condition holds
  public static boolean until(Gate gate, BooleanSupplier condition, long nanos) {
    boolean interrupted = false;
    long rest = nanos;
    try {
      while (!condition.getAsBoolean()) {
        if (rest <= 0) {
          return false;
        }
        long round = Math.min(rest, ROUND_NANOS);
        try {
          rest -= round - Math.max(0, gate.awaitNanos(round));
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      return true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
