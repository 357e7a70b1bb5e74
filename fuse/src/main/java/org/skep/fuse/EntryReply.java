package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// Writes `struct fuse_entry_out`: a name's node with its attributes. Each one that is answered
/// counts as one lookup of the node: the kernel gives it back by FORGET. All fields are 0 at first:
/// node 0 means "no such name", and the kernel remembers that for the entry's validity.
///
/// ```
/// 0 node | 8 generation | 16 entry valid s | 24 attributes valid s | 32 entry valid ns u32 | 36 attributes valid ns u32
/// 40 struct fuse_attr                                                                                       128 bytes
/// ```
public final class EntryReply {
  static final int BYTES = 40 + FuseAttributes.BYTES;

  private final MemorySegment memory;
  private final FuseAttributes attributes;
  private long base;

  EntryReply(MemorySegment memory, long base) {
    this.memory = memory;
    this.base = base;
    attributes = new FuseAttributes(memory, base + 40);
  }

  EntryReply moveTo(long newBase) {
    base = newBase;
    attributes.moveTo(newBase + 40);
    return this;
  }

  /// Node id and generation: the pair is never used for another file while the file system lives.
  public EntryReply node(long node, long generation) {
    memory.set(JAVA_LONG, base, node);
    memory.set(JAVA_LONG, base + 8, generation);
    return this;
  }

  /// How long the kernel may trust name and node without asking.
  public EntryReply entryValid(long nanos) {
    memory.set(JAVA_LONG, base + 16, nanos / 1_000_000_000L);
    memory.set(JAVA_INT, base + 32, (int) (nanos % 1_000_000_000L));
    return this;
  }

  /// How long the kernel may trust the attributes without asking.
  public EntryReply attributesValid(long nanos) {
    memory.set(JAVA_LONG, base + 24, nanos / 1_000_000_000L);
    memory.set(JAVA_INT, base + 36, (int) (nanos % 1_000_000_000L));
    return this;
  }

  public FuseAttributes attributes() {
    return attributes;
  }
}
