package org.skep.client.call;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.skep.client.ErrnoException;
import org.skep.linux.Errno;
import org.skep.runtime.port.Gate;

/// Waiting at a gate. What a caller can leave at any time ends with EINTR when its thread is
/// interrupted ([#unlessInterrupted]). A thread that has handed its buffers to others, or that must
/// see a file's order kept, can't leave before they are done ([#until]). The interrupt is restored
/// in both cases, so that the waits that follow end as well.
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

  /// Waits until the condition holds; the gate is locked by the caller.
  ///
  /// @param what is waited for, for the message
  /// @throws ErrnoException EINTR if the thread is interrupted before it holds
  public static void unlessInterrupted(Gate gate, String what, BooleanSupplier condition)
      throws ErrnoException {
    boolean _ = unlessInterrupted(gate, what, condition, Long.MAX_VALUE);
  }

  /// Waits until the condition holds, at most that long; the gate is locked by the caller.
  ///
  /// @param what is waited for, for the message
  /// @return whether the condition holds
  /// @throws ErrnoException EINTR if the thread is interrupted before it holds
  public static boolean unlessInterrupted(
      Gate gate, String what, BooleanSupplier condition, long nanos) throws ErrnoException {
    long rest = nanos;
    while (!condition.getAsBoolean()) {
      if (rest <= 0) {
        return false;
      }
      long round = Math.min(rest, ROUND_NANOS);
      try {
        rest -= round - Math.max(0, gate.awaitNanos(round));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw interrupted(what);
      }
    }
    return true;
  }

  /// That an interrupt has ended a wait.
  public static ErrnoException interrupted(String what) {
    return new ErrnoException(Errno.EINTR.number(), "interrupted while waiting for " + what);
  }
}
