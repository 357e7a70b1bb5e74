package org.skep.runtime.port;

import java.nio.ByteBuffer;

/// Memory for bytes that go to or come from a [Connection] or a [Disk].
public final class Memory {

  private Memory() {}

  /// A zeroed buffer, position 0 to `bytes`. For a platform thread it is outside of the heap, so
  /// that bytes are moved without a copy, and starts at a multiple of `alignmentBytes` (a power of
  /// two).
  ///
  /// Virtual threads, which serve where neither bytes nor latency count, get memory of the heap:
  /// what is outside of it is freed by a thread of the JVM whose locks they would have to wait for,
  /// and the simulation could not replay that.
  public static ByteBuffer allocate(int bytes, int alignmentBytes) {
    if (Thread.currentThread().isVirtual()) {
      return ByteBuffer.allocate(bytes);
    }
    return alignmentBytes == 1
        ? ByteBuffer.allocateDirect(bytes)
        : ByteBuffer.allocateDirect(bytes + alignmentBytes)
            .alignedSlice(alignmentBytes)
            .slice(0, bytes);
  }

  /// As above, at any place.
  public static ByteBuffer allocate(int bytes) {
    return allocate(bytes, 1);
  }
}
