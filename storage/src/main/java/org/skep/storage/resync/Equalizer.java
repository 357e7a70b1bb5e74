package org.skep.storage.resync;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.skep.mirror.range.Item;
import org.skep.mirror.range.ItemRange;
import org.skep.mirror.range.Range;
import org.skep.storage.chunk.BlockSums;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkStore;

/// Makes chunk files of the secondary equal to this member's, in steps of at most 1 MiB: locks the
/// step's range, compares checksums of its blocks, copies those that differ, and calls the range
/// equal. First comes the length ([#lengths]), with which everything behind the end is equal as
/// well; then the ranges ([#walk]).
///
/// A range that is a hole here and there is one step, however long. For one thread, since it has
/// one buffer.
final class Equalizer {
  static final int STEP_BYTES = 1 << 20;

  /// Returned by [#lengths] if neither member has the chunk file.
  static final long GONE = -1;

  private static final int BLOCK_BYTES = BlockSums.BLOCK_BYTES;
  private static final long NO_DATA = BlockSums.NO_DATA;

  /// So much of a file's data is freed at once.
  private static final long FREED_MAX_BYTES = 1L << 30;

  private final ChunkStore store;
  private final Secondary secondary;
  private final Guard guard;
  private final ByteBuffer memory;

  /// What keeps others away, and hears what was done.
  interface Guard {

    /// Before a step, with nothing locked: whether to go on, and how fast.
    void pace(long bytes) throws InterruptedResyncException, InterruptedException;

    /// Locks out all changes and reads of the range.
    Locked lock(Item item, Range range) throws InterruptedResyncException, InterruptedException;

    /// The range, which is locked, is equal on both.
    void equal(ItemRange range) throws IOException, InterruptedResyncException;

    /// So many bytes were looked at.
    void compared(long bytes);

    /// So many bytes were sent to the secondary.
    void sent(long bytes);
  }

  /// Closed when the step is over.
  interface Locked extends AutoCloseable {
    @Override
    void close();
  }

  /// @param memory a direct buffer of at least 1 MiB
  Equalizer(ChunkStore store, Secondary secondary, Guard guard, ByteBuffer memory) {
    this.store = store;
    this.secondary = secondary;
    this.guard = guard;
    this.memory = memory;
  }

  /// Makes sure that both or none have the chunk file, and its length. Both are equal from that
  /// length on then.
  ///
  /// @return the length, or [#GONE]
  long lengths(ChunkKey key) throws IOException, InterruptedResyncException, InterruptedException {
    while (true) {
      guard.pace(0);
      long before = store.status(key).lengthBytes();
      Range behind = Range.from(Math.min(before, Long.MAX_VALUE - 1));
      try (Locked _ = guard.lock(Secondary.item(key), behind)) {
        long length = store.status(key).lengthBytes();
        if (length < before) {
          // It was cut meanwhile, so that the new end is not locked.
          continue;
        }
        return lengthsLocked(key, behind, length);
      }
    }
  }

  private long lengthsLocked(ChunkKey key, Range behind, long length)
      throws IOException, InterruptedResyncException {
    boolean exists = length > 0 || store.exists(key);
    BlockSums there = secondary.sums(key, 0, 0);
    if (!exists) {
      if (there.exists()) {
        secondary.remove(key);
      }
      guard.equal(new ItemRange(Secondary.item(key), behind));
      return GONE;
    }
    if (!there.exists() || there.lengthBytes() != length) {
      secondary.setLength(key, length);
    }
    if (length < Long.MAX_VALUE) {
      guard.equal(new ItemRange(Secondary.item(key), Range.from(length)));
    }
    return length;
  }

  /// Makes the range equal, whose length is equal already.
  ///
  /// @param compare false: all is copied, be it equal or not
  void walk(ChunkKey key, Range range, boolean compare)
      throws IOException, InterruptedResyncException, InterruptedException {
    for (long at = range.start(); at < range.end(); ) {
      at = isHole(key, at) ? hole(key, at, range.end()) : step(key, at, range.end(), compare);
    }
  }

  private boolean isHole(ChunkKey key, long at) throws IOException {
    return dataFrom(key, at) - at >= STEP_BYTES;
  }

  private long dataFrom(ChunkKey key, long at) throws IOException {
    long found = store.seek(key, at, false);
    return found < 0 ? NO_DATA : found;
  }

  /// @return where to go on
  private long step(ChunkKey key, long at, long end, boolean compare)
      throws IOException, InterruptedResyncException, InterruptedException {
    long next = Math.min(end, saturated(blockStart(at), STEP_BYTES));
    guard.pace(next - at);
    Range locked = new Range(blockStart(at), saturated(blockStart(next - 1), BLOCK_BYTES));
    try (Locked _ = guard.lock(Secondary.item(key), locked)) {
      if (compare && next - at >= BLOCK_BYTES) {
        compare(key, at, next);
      } else {
        copy(key, at, next);
      }
      guard.compared(next - at);
      guard.equal(new ItemRange(Secondary.item(key), new Range(at, next)));
    }
    return next;
  }

  /// Copies those blocks that differ, as far as they are in the range.
  private void compare(ChunkKey key, long at, long end)
      throws IOException, InterruptedResyncException {
    long first = blockStart(at);
    int blocks = (int) ((end - first + BLOCK_BYTES - 1) / BLOCK_BYTES);
    BlockSums there = secondary.sums(key, first, blocks);
    BlockSums here = store.sums(key, first, blocks, memory);
    int same = 0;
    for (int block = 0; block <= here.sums().size(); block++) {
      boolean last = block == here.sums().size();
      if (last || isSame(here, there, block)) {
        copy(
            key,
            Math.max(at, first + (long) same * BLOCK_BYTES),
            Math.min(end, first + (long) block * BLOCK_BYTES));
        same = block + 1;
      }
    }
  }

  private static boolean isSame(BlockSums here, BlockSums there, int block) {
    return block < there.sums().size() && here.sums().get(block).equals(there.sums().get(block));
  }

  /// Copies the range, at most 1 MiB: data as data, and what is a hole in the whole rest of a block
  /// as a hole.
  private void copy(ChunkKey key, long start, long end)
      throws IOException, InterruptedResyncException {
    for (long at = start; at < end; ) {
      long data = Math.min(end, dataFrom(key, at));
      long hole = data == end ? end : blockStart(data);
      if (hole > at) {
        secondary.hole(key, at, hole - at);
        at = hole;
      } else {
        at = copyData(key, at, dataEnd(key, at, end));
      }
    }
  }

  /// Where the first hole of at least a block begins.
  private long dataEnd(ChunkKey key, long start, long end) throws IOException {
    for (long at = start; at < end; ) {
      long hole = store.seek(key, at, true);
      if (hole < 0 || hole >= end) {
        return end;
      }
      long data = dataFrom(key, hole);
      if (data - hole >= BLOCK_BYTES) {
        return hole;
      }
      at = data;
    }
    return end;
  }

  private long copyData(ChunkKey key, long at, long end)
      throws IOException, InterruptedResyncException {
    ByteBuffer data = memory.duplicate().clear().limit((int) (end - at));
    long _ = store.read(key, data, at);
    data.flip();
    if (data.hasRemaining()) {
      secondary.write(key, at, data);
      guard.sent(data.remaining());
    }
    return end;
  }

  /// A range that is a hole here becomes one there.
  ///
  /// @return where to go on
  private long hole(ChunkKey key, long at, long end)
      throws IOException, InterruptedResyncException, InterruptedException {
    guard.pace(0);
    long until = Math.min(end, dataFrom(key, at));
    if (until - at < STEP_BYTES && until < end) {
      return step(key, at, end, true);
    }
    try (Locked _ = guard.lock(Secondary.item(key), new Range(at, until))) {
      // Somebody may have written before it was locked.
      long next = Math.min(until, dataFrom(key, at));
      BlockSums there = secondary.sums(key, at, 0);
      if (there.nextData() < next) {
        next = Math.min(next, saturated(there.nextData(), FREED_MAX_BYTES));
        secondary.hole(key, at, next - at);
      }
      guard.equal(new ItemRange(Secondary.item(key), new Range(at, next)));
      return next;
    }
  }

  private static long blockStart(long offset) {
    return offset & -BLOCK_BYTES;
  }

  private static long saturated(long offset, long bytes) {
    return offset > Long.MAX_VALUE - bytes ? Long.MAX_VALUE : offset + bytes;
  }
}
