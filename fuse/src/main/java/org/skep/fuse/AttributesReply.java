package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// Writes `struct fuse_attr_out`: `0 valid s | 8 valid ns u32 | 12 zero | 16 struct fuse_attr`, 104
/// bytes.
public final class AttributesReply {
  static final int BYTES = 16 + FuseAttributes.BYTES;

  private final MemorySegment memory;
  private final long base;
  private final FuseAttributes attributes;

  AttributesReply(MemorySegment memory, long base) {
    this.memory = memory;
    this.base = base;
    attributes = new FuseAttributes(memory, base + 16);
  }

  /// How long the kernel may trust the attributes without asking.
  public AttributesReply valid(long nanos) {
    memory.set(JAVA_LONG, base, nanos / 1_000_000_000L);
    memory.set(JAVA_INT, base + 8, (int) (nanos % 1_000_000_000L));
    return this;
  }

  public FuseAttributes attributes() {
    return attributes;
  }
}
