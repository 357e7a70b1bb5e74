package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Takes the entries of a READDIR or READDIRPLUS until its room is used up. `nextOffset` is the
/// cookie with which the kernel asks for what follows the entry: never 0, stable while the
/// directory changes. No entry at all means the end.
///
/// ```
/// [struct fuse_entry_out, READDIRPLUS only] 0 inode | 8 next offset | 16 name length u32 | 20 type u32 | 24 name, zeros to 8 bytes
/// ```
public final class DirectoryReply {
  private static final int DIRENT_BYTES = 24;

  private final MemorySegment memory;
  private final long base;
  private final long capacityBytes;
  private final EntryReply entry;
  private long roomBytes;
  private long lengthBytes;

  DirectoryReply(MemorySegment memory, long base, long capacityBytes) {
    this.memory = memory;
    this.base = base;
    this.capacityBytes = capacityBytes;
    entry = new EntryReply(memory, base);
  }

  DirectoryReply clear(long askedBytes) {
    roomBytes = Math.min(askedBytes, capacityBytes);
    lengthBytes = 0;
    return this;
  }

  /// Adds an entry to a READDIR; false if there's no room left. `mode` needs the type bits only.
  public boolean add(byte[] name, long inode, int mode, long nextOffset) {
    long bytes = align(DIRENT_BYTES + name.length);
    if (bytes > roomBytes - lengthBytes) {
      return false;
    }
    writeEntry(base + lengthBytes, name, inode, mode, nextOffset);
    lengthBytes += bytes;
    return true;
  }

  /// Adds an entry to a READDIRPLUS and gives its node and attributes to be filled in before the
  /// next one is added; null if there's no room left. A node other than 0 counts as a lookup. Leave
  /// the node 0 for `.` and `..`, and where attributes aren't known.
  public @Nullable EntryReply addPlus(byte[] name, long inode, int mode, long nextOffset) {
    long bytes = align(EntryReply.BYTES + DIRENT_BYTES + name.length);
    if (bytes > roomBytes - lengthBytes) {
      return null;
    }
    long at = base + lengthBytes;
    for (long offset = at; offset < at + EntryReply.BYTES; offset += 8) {
      memory.set(JAVA_LONG, offset, 0L);
    }
    writeEntry(at + EntryReply.BYTES, name, inode, mode, nextOffset);
    lengthBytes += bytes;
    return entry.moveTo(at);
  }

  private void writeEntry(long at, byte[] name, long inode, int mode, long nextOffset) {
    if (name.length == 0 || name.length > Names.NAME_BYTES_MAX) {
      throw new IllegalArgumentException("name of " + name.length + " bytes");
    }
    memory.set(JAVA_LONG, at, inode);
    memory.set(JAVA_LONG, at + 8, nextOffset);
    memory.set(JAVA_INT, at + 16, name.length);
    memory.set(JAVA_INT, at + 20, (mode & FuseFlags.S_IFMT) >>> 12);
    long end = align(DIRENT_BYTES + name.length);
    memory.set(JAVA_LONG, at + end - 8, 0L);
    MemorySegment.copy(name, 0, memory, JAVA_BYTE, at + DIRENT_BYTES, name.length);
  }

  private static long align(long bytes) {
    return (bytes + 7) & ~7L;
  }

  int lengthBytes() {
    return (int) lengthBytes;
  }
}
