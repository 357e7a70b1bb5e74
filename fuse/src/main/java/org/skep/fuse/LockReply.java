package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// Writes `struct fuse_lk_out`: `0 first byte | 8 last byte | 16 type u32 | 20 pid`, 24 bytes.
/// F_UNLCK at first: nothing in the way.
public final class LockReply {
  static final int BYTES = 24;

  private final MemorySegment memory;
  private final long base;

  LockReply(MemorySegment memory, long base) {
    this.memory = memory;
    this.base = base;
  }

  /// The lock that's in the way; `last` is inclusive, `Long.MAX_VALUE` for the end of the file;
  /// `pid` 0 for a process elsewhere.
  public LockReply conflict(long first, long last, int type, int pid) {
    memory.set(JAVA_LONG, base, first);
    memory.set(JAVA_LONG, base + 8, last);
    memory.set(JAVA_INT, base + 16, type);
    memory.set(JAVA_INT, base + 20, pid);
    return this;
  }
}
