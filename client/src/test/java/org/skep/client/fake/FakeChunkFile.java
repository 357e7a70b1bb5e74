package org.skep.client.fake;

import java.util.Arrays;
import java.util.BitSet;

/// A sparse chunk file in memory, with holes of 4 KiB as a local file system has them. Guarded by
/// its target.
final class FakeChunkFile {
  static final int BLOCK_BYTES = 4096;

  private byte[] bytes = new byte[0];
  private final BitSet blocks = new BitSet();
  private long length;

  void write(long offset, byte[] data) {
    ensure(offset + data.length);
    System.arraycopy(data, 0, bytes, (int) offset, data.length);
    if (data.length > 0) {
      blocks.set(block(offset), block(offset + data.length - 1) + 1);
    }
    length = Math.max(length, offset + data.length);
  }

  byte[] read(long offset, int count) {
    if (offset >= length) {
      return new byte[0];
    }
    ensure(length);
    return Arrays.copyOfRange(bytes, (int) offset, (int) Math.min(offset + count, length));
  }

  void truncate(long newLength) {
    if (newLength < length) {
      ensure(length);
      Arrays.fill(bytes, (int) newLength, bytes.length, (byte) 0);
      blocks.clear(block(newLength + BLOCK_BYTES - 1), Integer.MAX_VALUE);
    }
    length = newLength;
  }

  /// Zeros; whole blocks lose their space unless they are to keep it.
  void zero(long offset, long count, boolean keepSpace) {
    long end = Math.min(offset + count, length);
    if (end <= offset) {
      return;
    }
    ensure(end);
    Arrays.fill(bytes, (int) offset, (int) end, (byte) 0);
    int first = block(offset + BLOCK_BYTES - 1);
    int last = end == length ? block(end + BLOCK_BYTES - 1) : block(end);
    if (keepSpace) {
      blocks.set(block(offset), block(end - 1) + 1);
    } else if (last > first) {
      blocks.clear(first, last);
    }
  }

  void allocate(long offset, long count, boolean keepSize) {
    blocks.set(block(offset), block(offset + count - 1) + 1);
    if (!keepSize) {
      length = Math.max(length, offset + count);
    }
  }

  /// -1: none.
  long seek(long offset, boolean hole) {
    if (offset >= length) {
      return -1;
    }
    int block = block(offset);
    int found = hole ? blocks.nextClearBit(block) : blocks.nextSetBit(block);
    if (found < 0) {
      return -1;
    }
    long at = Math.max(offset, (long) found * BLOCK_BYTES);
    if (at >= length) {
      return hole ? length : -1;
    }
    return at;
  }

  long length() {
    return length;
  }

  long allocatedBytes() {
    return (long) blocks.cardinality() * BLOCK_BYTES;
  }

  private static int block(long offset) {
    return (int) (offset / BLOCK_BYTES);
  }

  private void ensure(long size) {
    if (bytes.length < size) {
      bytes = Arrays.copyOf(bytes, (int) Math.max(size, 2L * bytes.length));
    }
  }
}
