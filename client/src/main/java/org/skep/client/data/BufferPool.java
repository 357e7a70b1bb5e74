package org.skep.client.data;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.call.Waits;
import org.skep.linux.Errno;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Memory;
import org.skep.wire.Limits;

/// Direct buffers of one size, at most so many. They are made when they are first needed and kept;
/// the one that came back last goes out first, so that few pages are touched. Any thread may call
/// it.
public final class BufferPool {
  public static final int BUFFER_BYTES = Limits.BULK_BYTES_MAX;

  private final Gate gate;
  private final long timeoutNanos;
  private final Runnable pressed;
  // guarded by gate
  private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
  private int countMax;
  private int count;
  private int waiting;

  /// @param timeoutNanos how long [#take] waits at most; 0: for ever
  /// @param pressed called without locks before a thread waits; has buffers returned soon
  public BufferPool(Clock clock, long bytesMax, long timeoutNanos, Runnable pressed) {
    this.gate = new Gate(clock);
    this.countMax = (int) Math.min(bytesMax / BUFFER_BYTES, Integer.MAX_VALUE);
    this.timeoutNanos = timeoutNanos;
    this.pressed = pressed;
  }

  /// A buffer, cleared; waits while all are in use. No lock may be held by the caller.
  ///
  /// @param interruptible whether an interrupt of the thread ends the wait
  /// @throws ErrnoException EIO if none came back in time; EINTR if interrupted
  ByteBuffer take(boolean interruptible) throws ErrnoException {
    ByteBuffer buffer = poll();
    if (buffer != null) {
      return buffer;
    }
    pressed.run();
    gate.lock();
    waiting++;
    try {
      boolean there = await(interruptible);
      ByteBuffer found = there ? pollLocked() : null;
      if (found == null) {
        throw new ErrnoException(
            Errno.EIO.number(), "none of " + countMax + " write buffers came free in time");
      }
      return found;
    } finally {
      waiting--;
      gate.unlock();
    }
  }

  private boolean await(boolean interruptible) throws ErrnoException {
    long nanos = timeoutNanos == 0 ? Long.MAX_VALUE : timeoutNanos;
    BooleanSupplier free = () -> !this.free.isEmpty() || count < countMax;
    return interruptible
        ? Waits.unlessInterrupted(gate, "a write buffer", free, nanos)
        : Waits.until(gate, free, nanos);
  }

  /// A buffer, cleared, or null if all are in use.
  @Nullable ByteBuffer poll() {
    gate.lock();
    try {
      return pollLocked();
    } finally {
      gate.unlock();
    }
  }

  private @Nullable ByteBuffer pollLocked() {
    ByteBuffer buffer = free.pollFirst();
    if (buffer == null && count < countMax) {
      buffer = make();
    }
    return buffer == null ? null : buffer.clear();
  }

  private @Nullable ByteBuffer make() {
    try {
      ByteBuffer made = Memory.allocate(BUFFER_BYTES);
      count++;
      return made;
    } catch (OutOfMemoryError e) {
      if (count == 0) {
        throw e;
      }
      // The process has less direct memory than the settings say: go on with what there is.
      countMax = count;
      return null;
    }
  }

  /// Takes back what [#take] or [#poll] gave.
  void give(ByteBuffer buffer) {
    gate.lock();
    try {
      free.addFirst(buffer);
      if (waiting > 0) {
        gate.signalAll();
      }
    } finally {
      gate.unlock();
    }
  }

  /// How many are in use.
  public int inUse() {
    gate.lock();
    try {
      return count - free.size();
    } finally {
      gate.unlock();
    }
  }
}
