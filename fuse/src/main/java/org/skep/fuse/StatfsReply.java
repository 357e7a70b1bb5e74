package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// Writes `struct fuse_kstatfs`: `0 blocks | 8 free | 16 available | 24 inodes | 32 inodes free |
/// 40 I/O size u32 | 44 name length | 48 block size | 52 zeros`, 80 bytes.
public final class StatfsReply {
  static final int BYTES = 80;

  private final MemorySegment memory;
  private final long base;

  StatfsReply(MemorySegment memory, long base) {
    this.memory = memory;
    this.base = base;
  }

  /// Counts in units of `blockBytes`; `available` is what an ordinary user may take.
  public StatfsReply blocks(long total, long free, long available, int blockBytes) {
    memory.set(JAVA_LONG, base, total);
    memory.set(JAVA_LONG, base + 8, free);
    memory.set(JAVA_LONG, base + 16, available);
    memory.set(JAVA_INT, base + 40, blockBytes);
    memory.set(JAVA_INT, base + 48, blockBytes);
    return this;
  }

  public StatfsReply inodes(long total, long free) {
    memory.set(JAVA_LONG, base + 24, total);
    memory.set(JAVA_LONG, base + 32, free);
    return this;
  }

  public StatfsReply nameBytesMax(int bytes) {
    memory.set(JAVA_INT, base + 44, bytes);
    return this;
  }
}
