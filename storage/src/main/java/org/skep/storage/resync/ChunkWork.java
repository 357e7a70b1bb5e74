package org.skep.storage.resync;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.skep.mirror.range.Range;
import org.skep.storage.chunk.ChunkKey;

/// One chunk file that is to be made equal. It is cut into parts, so that several workers share a
/// large one; it is done when the last part is. Any thread may call it.
final class ChunkWork {
  static final long PART_BYTES = 64L << 20;

  /// Keeps the number small of a sparse file that seems endless.
  private static final int PARTS_OF_A_RANGE_MAX = 256;

  private final ChunkKey key;
  private final List<Range> ranges;
  private final boolean compare;
  private final AtomicInteger partsLeft = new AtomicInteger(1);
  private final AtomicBoolean failed = new AtomicBoolean();
  private final AtomicLong bytesLeft;

  /// A part for one worker.
  ///
  /// @param whole the first part, from which others are made
  record Part(ChunkWork work, boolean whole, Range range) {}

  /// @param ranges that may differ
  /// @param compare false: all of them is copied
  /// @param bytes how much data that may be
  ChunkWork(ChunkKey key, List<Range> ranges, boolean compare, long bytes) {
    this.key = key;
    this.ranges = List.copyOf(ranges);
    this.compare = compare;
    bytesLeft = new AtomicLong(bytes);
  }

  ChunkKey key() {
    return key;
  }

  boolean compare() {
    return compare;
  }

  Part first() {
    return new Part(this, true, Range.ALL);
  }

  /// The parts of a chunk file of that length, which are from now on to be done as well.
  List<Part> parts(long length) {
    List<Part> parts = new ArrayList<>();
    for (Range range : ranges) {
      long end = Math.min(range.end(), length);
      long partBytes = Math.max(PART_BYTES, (end - range.start()) / PARTS_OF_A_RANGE_MAX);
      // Parts begin where blocks do, so that none is compared twice.
      partBytes &= -PART_BYTES;
      for (long at = range.start(); at < end; ) {
        long start = at & -PART_BYTES;
        long next = start > Long.MAX_VALUE - partBytes ? end : Math.min(end, start + partBytes);
        parts.add(new Part(this, false, new Range(at, next)));
        at = next;
      }
    }
    partsLeft.addAndGet(parts.size());
    return parts;
  }

  /// A part failed.
  ///
  /// @return whether it is the first one
  boolean fail() {
    return failed.compareAndSet(false, true);
  }

  /// A part is over.
  ///
  /// @return whether that was the last one, and none failed
  boolean endPart() {
    return partsLeft.decrementAndGet() == 0 && !failed.get();
  }

  boolean isOver() {
    return partsLeft.get() == 0;
  }

  /// So many bytes were gone through.
  ///
  /// @return by how much less is left than was said before
  long went(long bytes) {
    long before = bytesLeft.getAndUpdate(left -> Math.max(0, left - bytes));
    return Math.min(before, bytes);
  }
}
