package org.skep.client.data;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.call.Lanes;
import org.skep.client.call.Waits;
import org.skep.cluster.Layout;
import org.skep.runtime.port.Gate;

/// Data of one file that was read before it was asked for, because its reader goes through it from
/// front to back. Blocks of 1 MiB at multiples of 1 MiB are fetched a few ahead, each is given out
/// from front to back and dropped at its end. Any change of the file through this client, a new
/// opening and a granted lock drop all of it; a block is not older than a second. Any thread may
/// call it.
///
/// Limits: `readAheadBytes` for each file; buffers of a pool that all files share, and nothing is
/// read ahead while it is empty.
final class ReadAhead {
  private static final int BLOCK_BYTES = BufferPool.BUFFER_BYTES;
  private static final long AGE_NANOS = 1_000_000_000L;

  private final Io io;
  private final BufferPool pool;
  private final Layout layout;
  private final Reader reader;
  private final WriteBehind writes;
  private final int blocksMax;
  private final Gate gate;
  // guarded by gate
  private final ArrayDeque<Block> blocks = new ArrayDeque<>();
  private long expectedOffset = -1;
  private boolean sequential;

  /// A block that is fetched or there.
  private static final class Block {
    private final long offset;
    private final ByteBuffer bytes;
    private final long startedNanos;
    private boolean loading = true;
    private boolean failed;
    private boolean dropped;
    private boolean returned;
    private int users;

    Block(long offset, ByteBuffer bytes, long startedNanos) {
      this.offset = offset;
      this.bytes = bytes;
      this.startedNanos = startedNanos;
    }
  }

  ReadAhead(Io io, BufferPool pool, Layout layout, Reader reader, WriteBehind writes) {
    this.io = io;
    this.pool = pool;
    this.layout = layout;
    this.reader = reader;
    this.writes = writes;
    this.blocksMax = (int) Math.min(io.settings().readAheadBytes() / BLOCK_BYTES, 64);
    this.gate = new Gate(io.clock());
  }

  /// Fills the buffer from its position to its limit from a block that was read ahead.
  ///
  /// @return whether all of it was there; if not, nothing was changed
  boolean fill(ByteBuffer into, long offset, long size) {
    if (blocksMax == 0) {
      return false;
    }
    Block block = use(offset, into.remaining(), size);
    if (block == null) {
      return false;
    }
    gate.lock();
    try {
      Waits.until(gate, () -> !block.loading);
    } finally {
      gate.unlock();
    }
    boolean good = !block.failed;
    if (good) {
      into.put(into.position(), block.bytes, (int) (offset - block.offset), into.remaining());
    }
    unuse(block, offset + into.remaining());
    return good;
  }

  private @Nullable Block use(long offset, int length, long size) {
    gate.lock();
    try {
      boolean follows = offset == expectedOffset;
      expectedOffset = offset + length;
      if (!follows) {
        sequential = false;
        dropAll();
        return null;
      }
      if (sequential) {
        fetch(offset, size);
      }
      sequential = true;
      Block block = find(offset, length);
      if (block != null) {
        block.users++;
      }
      return block;
    } finally {
      gate.unlock();
    }
  }

  private @Nullable Block find(long offset, int length) {
    for (Block block : blocks) {
      if (offset >= block.offset
          && offset + length <= block.offset + block.bytes.limit()
          && io.clock().nanoTime() - block.startedNanos < AGE_NANOS) {
        return block;
      }
    }
    return null;
  }

  /// Has the blocks from the one of `offset` on fetched that are not yet.
  private void fetch(long offset, long size) {
    long first = offset / BLOCK_BYTES * BLOCK_BYTES;
    dropBefore(first);
    long next = blocks.isEmpty() ? first : blocks.getLast().offset + BLOCK_BYTES;
    // A block that ends with the file would have to be read again when the file grows.
    while (blocks.size() < blocksMax && next <= size - BLOCK_BYTES) {
      if (writes.isHolding(next, BLOCK_BYTES)) {
        // The servers don't have all of it; a write that comes now drops the block.
        return;
      }
      ByteBuffer buffer = pool.poll();
      if (buffer == null) {
        return;
      }
      Block block = new Block(next, buffer, io.clock().nanoTime());
      blocks.addLast(block);
      io.submit(
          Lanes.Kind.READ_AHEAD,
          layout,
          layout.stripeOf(next),
          () -> reader.fill(block.bytes, block.offset),
          failure -> loaded(block, failure));
      next += BLOCK_BYTES;
    }
  }

  private void loaded(Block block, @Nullable ErrnoException failure) {
    gate.lock();
    try {
      block.loading = false;
      block.failed = failure != null;
      giveBack(block);
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  private void unuse(Block block, long end) {
    gate.lock();
    try {
      block.users--;
      if (end == block.offset + BLOCK_BYTES || block.failed) {
        drop(block);
        blocks.remove(block);
      }
      giveBack(block);
    } finally {
      gate.unlock();
    }
  }

  /// Nothing that was read ahead is good any more.
  void drop() {
    gate.lock();
    try {
      dropAll();
      sequential = false;
      expectedOffset = -1;
    } finally {
      gate.unlock();
    }
  }

  private void dropAll() {
    blocks.forEach(this::drop);
    blocks.clear();
  }

  private void dropBefore(long offset) {
    for (Iterator<Block> each = blocks.iterator(); each.hasNext(); ) {
      Block block = each.next();
      if (block.offset < offset || io.clock().nanoTime() - block.startedNanos >= AGE_NANOS) {
        drop(block);
        each.remove();
      }
    }
  }

  private void drop(Block block) {
    block.dropped = true;
    giveBack(block);
  }

  private void giveBack(Block block) {
    if (block.dropped && !block.returned && !block.loading && block.users == 0) {
      block.returned = true;
      pool.give(block.bytes);
    }
  }
}
