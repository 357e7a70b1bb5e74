package org.skep.mirror.range;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Gate;

/// Whether a member's changes are forwarded while it is alone, and how many are in progress under
/// which mode. Any thread may call it.
final class ForwardingMode {
  private static final long LONG_NANOS = 3_600_000_000_000L;

  private final Gate gate;
  // all guarded by gate
  private volatile Forwarding now = Forwarding.OFF;
  private final int[] changing = new int[Forwarding.values().length];
  private @Nullable Runnable broken;

  /// @param gate of the member
  ForwardingMode(Gate gate) {
    this.gate = gate;
  }

  Forwarding now() {
    return now;
  }

  /// See [GroupMember#forward].
  boolean set(Forwarding mode, Runnable whenBroken, BooleanSupplier alone)
      throws InterruptedException {
    gate.lock();
    try {
      if (!alone.getAsBoolean()) {
        return false;
      }
      now = mode;
      broken = whenBroken;
      gate.signalAll();
      while (othersChanging(mode) && alone.getAsBoolean() && now == mode) {
        long _ = gate.awaitNanos(LONG_NANOS);
      }
      return alone.getAsBoolean() && now == mode;
    } finally {
      gate.unlock();
    }
  }

  private boolean othersChanging(Forwarding mode) {
    int sum = 0;
    for (Forwarding other : Forwarding.values()) {
      sum += other == mode ? 0 : changing[other.ordinal()];
    }
    return sum > 0;
  }

  /// Another term begins.
  void reset() {
    gate.lock();
    try {
      now = Forwarding.OFF;
      broken = null;
    } finally {
      gate.unlock();
    }
  }

  /// A change begins, with its range locked; [#end] must follow.
  ///
  /// @return under which mode
  Forwarding begin() {
    gate.lock();
    try {
      changing[now.ordinal()]++;
      return now;
    } finally {
      gate.unlock();
    }
  }

  void end(Forwarding mode) {
    gate.lock();
    try {
      changing[mode.ordinal()]--;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// The secondary did not take a change of BEST_EFFORT; the range is in the change log. It ends
  /// [#set] of REQUIRED as well, which waits for such changes.
  ///
  /// @return whether that ended the resync
  boolean broken() {
    Runnable told = null;
    gate.lock();
    try {
      if (now != Forwarding.OFF) {
        now = Forwarding.OFF;
        told = broken;
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
    if (told == null) {
      return false;
    }
    told.run();
    return true;
  }
}
