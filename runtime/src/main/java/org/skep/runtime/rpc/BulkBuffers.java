package org.skep.runtime.rpc;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Memory;
import org.skep.wire.Limits;

/// A bounded stock of page-aligned direct buffers of `Limits.BULK_BYTES_MAX` bytes for requests in
/// progress. The one used last is given out first, since it is still in the cache. Any thread may
/// call it.
public final class BulkBuffers {
  private static final int PAGE_BYTES = 4096;
  private static final long LOOK_AGAIN_NANOS = 1_000_000_000L;

  private final int countMax;
  private final Gate gate;
  // guarded by gate
  private final Deque<ByteBuffer> free = new ArrayDeque<>();
  private int count;

  public BulkBuffers(Clock clock, int countMax) {
    this.countMax = countMax;
    gate = new Gate(clock);
  }

  /// A cleared buffer; waits while all are in use. Goes back by [#give].
  ByteBuffer take() {
    gate.lock();
    try {
      while (free.isEmpty() && count == countMax) {
        Interrupts.ignore(() -> gate.awaitNanos(LOOK_AGAIN_NANOS));
      }
      ByteBuffer buffer = free.poll();
      if (buffer != null) {
        return buffer.clear();
      }
      count++;
    } finally {
      gate.unlock();
    }
    return Memory.allocate(Limits.BULK_BYTES_MAX, PAGE_BYTES);
  }

  void give(ByteBuffer buffer) {
    gate.lock();
    try {
      free.push(buffer);
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }
}
