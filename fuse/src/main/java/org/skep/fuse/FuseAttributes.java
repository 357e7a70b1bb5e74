package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/// Writes `struct fuse_attr` into a reply. All fields are 0 at first. Belongs to the reply and its
/// thread.
///
/// ```
/// 0 inode | 8 size | 16 blocks | 24 atime | 32 mtime | 40 ctime | 48 atime nanos u32 | 52 mtime nanos | 56 ctime nanos
/// 60 mode u32 | 64 links | 68 uid | 72 gid | 76 device | 80 block size | 84 flags                            88 bytes
/// ```
public final class FuseAttributes {
  static final int BYTES = 88;

  private final MemorySegment memory;
  private long base;

  FuseAttributes(MemorySegment memory, long base) {
    this.memory = memory;
    this.base = base;
  }

  void moveTo(long newBase) {
    base = newBase;
  }

  /// The number stat(2) shows; may differ from the node id.
  public FuseAttributes inode(long inode) {
    memory.set(JAVA_LONG, base, inode);
    return this;
  }

  public FuseAttributes size(long sizeBytes) {
    memory.set(JAVA_LONG, base + 8, sizeBytes);
    return this;
  }

  /// In units of 512 bytes.
  public FuseAttributes blocks(long blockCount) {
    memory.set(JAVA_LONG, base + 16, blockCount);
    return this;
  }

  public FuseAttributes accessed(long seconds, int nanos) {
    return time(0, seconds, nanos);
  }

  public FuseAttributes modified(long seconds, int nanos) {
    return time(1, seconds, nanos);
  }

  public FuseAttributes changed(long seconds, int nanos) {
    return time(2, seconds, nanos);
  }

  private FuseAttributes time(int index, long seconds, int nanos) {
    memory.set(JAVA_LONG, base + 24 + 8L * index, seconds);
    memory.set(JAVA_INT, base + 48 + 4L * index, nanos);
    return this;
  }

  /// Type and permissions. The type of a node must never change.
  public FuseAttributes mode(int mode) {
    memory.set(JAVA_INT, base + 60, mode);
    return this;
  }

  public FuseAttributes links(int linkCount) {
    memory.set(JAVA_INT, base + 64, linkCount);
    return this;
  }

  public FuseAttributes owner(int uid, int gid) {
    memory.set(JAVA_INT, base + 68, uid);
    memory.set(JAVA_INT, base + 72, gid);
    return this;
  }

  /// Of a device node, encoded as MKNOD brought it.
  public FuseAttributes device(int device) {
    memory.set(JAVA_INT, base + 76, device);
    return this;
  }

  /// The size of good I/O that stat(2) shows (`st_blksize`).
  public FuseAttributes blockSize(int bytes) {
    memory.set(JAVA_INT, base + 80, bytes);
    return this;
  }
}
