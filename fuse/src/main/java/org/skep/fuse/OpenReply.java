package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// Writes `struct fuse_open_out`: `0 handle | 8 flags u32 | 12 backing id`, 16 bytes.
public final class OpenReply {
  static final int BYTES = 16;

  private final MemorySegment memory;
  private final long base;

  OpenReply(MemorySegment memory, long base) {
    this.memory = memory;
    this.base = base;
  }

  /// A number of ours that comes back with each operation on the open file, until RELEASE.
  public OpenReply handle(long handle) {
    memory.set(JAVA_LONG, base, handle);
    return this;
  }

  /// FOPEN flags of [FuseFlags].
  public OpenReply flags(int flags) {
    memory.set(JAVA_INT, base + 8, flags);
    return this;
  }
}
