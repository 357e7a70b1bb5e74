package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// Reads `struct fuse_setattr_in`: which attributes to change, to what. Valid until the operation
/// returns.
///
/// ```
/// 0 valid u32 | 8 handle | 16 size | 24 lock owner | 32 atime | 40 mtime | 48 ctime | 56 atime ns u32 | 60 mtime ns | 64 ctime ns
/// 68 mode | 76 uid | 80 gid                                                                                        88 bytes
/// ```
public final class SetAttributes {
  static final int BYTES = 88;

  private static final int MODE = 1;
  private static final int UID = 1 << 1;
  private static final int GID = 1 << 2;
  private static final int SIZE = 1 << 3;
  private static final int ATIME = 1 << 4;
  private static final int MTIME = 1 << 5;
  private static final int HANDLE = 1 << 6;
  private static final int ATIME_NOW = 1 << 7;
  private static final int MTIME_NOW = 1 << 8;
  private static final int LOCK_OWNER = 1 << 9;
  private static final int CTIME = 1 << 10;
  private static final int KILL_SUIDGID = 1 << 11;

  private final MemorySegment memory;
  private final long base;

  SetAttributes(MemorySegment memory, long base) {
    this.memory = memory;
    this.base = base;
  }

  private boolean has(int bit) {
    return (memory.get(JAVA_INT, base) & bit) != 0;
  }

  public boolean setsMode() {
    return has(MODE);
  }

  /// Type and permissions.
  public int mode() {
    return memory.get(JAVA_INT, base + 68);
  }

  public boolean setsUid() {
    return has(UID);
  }

  public int uid() {
    return memory.get(JAVA_INT, base + 76);
  }

  public boolean setsGid() {
    return has(GID);
  }

  public int gid() {
    return memory.get(JAVA_INT, base + 80);
  }

  public boolean setsSize() {
    return has(SIZE);
  }

  /// Never negative when [#setsSize]: the engine has checked it.
  public long sizeBytes() {
    return memory.get(JAVA_LONG, base + 16);
  }

  /// An access time is set: to [#accessedSeconds] and [#accessedNanos], or to the time of the
  /// server if [#accessedNow].
  public boolean setsAccessed() {
    return has(ATIME);
  }

  public boolean accessedNow() {
    return has(ATIME_NOW);
  }

  public long accessedSeconds() {
    return memory.get(JAVA_LONG, base + 32);
  }

  public int accessedNanos() {
    return memory.get(JAVA_INT, base + 56);
  }

  /// A modification time is set: to [#modifiedSeconds] and [#modifiedNanos], or to the time of the
  /// server if [#modifiedNow].
  public boolean setsModified() {
    return has(MTIME);
  }

  public boolean modifiedNow() {
    return has(MTIME_NOW);
  }

  public long modifiedSeconds() {
    return memory.get(JAVA_LONG, base + 40);
  }

  public int modifiedNanos() {
    return memory.get(JAVA_INT, base + 60);
  }

  /// Only with WRITEBACK_CACHE.
  public boolean setsChanged() {
    return has(CTIME);
  }

  public long changedSeconds() {
    return memory.get(JAVA_LONG, base + 48);
  }

  public int changedNanos() {
    return memory.get(JAVA_INT, base + 64);
  }

  /// Whether the change comes through an open file (ftruncate).
  public boolean hasHandle() {
    return has(HANDLE);
  }

  public long handle() {
    return memory.get(JAVA_LONG, base + 8);
  }

  public boolean hasLockOwner() {
    return has(LOCK_OWNER);
  }

  public long lockOwner() {
    return memory.get(JAVA_LONG, base + 24);
  }

  /// Drop suid, and sgid if the group may execute, since owner or size change without CAP_FSETID.
  public boolean killsSuidGid() {
    return has(KILL_SUIDGID);
  }
}
