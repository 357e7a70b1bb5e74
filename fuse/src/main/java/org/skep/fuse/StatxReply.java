package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/// Writes `struct fuse_statx_out`: 32 bytes of validity, then `struct fuse_statx` of 256 bytes.
///
/// ```
///  0 mask u32 | 4 block size | 8 attributes u64 | 16 links u32 | 20 uid | 24 gid | 28 mode u16 | 32 inode u64 | 40 size | 48 blocks
/// 56 attributes mask | 64 atime | 80 btime | 96 ctime | 112 mtime (seconds i64, nanos u32 each)
/// 128 device of the node: major u32, minor | 136 device of the file system: major, minor | 144 zeros
/// ```
public final class StatxReply {
  static final int BYTES = 288;

  public static final int STATX_BASIC_STATS = 0x7ff;
  public static final int STATX_BTIME = 0x800;

  private final MemorySegment memory;
  private final long base;
  private final long stat;

  StatxReply(MemorySegment memory, long base) {
    this.memory = memory;
    this.base = base;
    stat = base + 32;
  }

  public StatxReply valid(long nanos) {
    memory.set(JAVA_LONG, base, nanos / 1_000_000_000L);
    memory.set(JAVA_INT, base + 8, (int) (nanos % 1_000_000_000L));
    return this;
  }

  /// Which fields are filled: STATX_BASIC_STATS, STATX_BTIME.
  public StatxReply mask(int mask) {
    memory.set(JAVA_INT, stat, mask);
    return this;
  }

  public StatxReply blockSize(int bytes) {
    memory.set(JAVA_INT, stat + 4, bytes);
    return this;
  }

  public StatxReply links(int linkCount) {
    memory.set(JAVA_INT, stat + 16, linkCount);
    return this;
  }

  public StatxReply owner(int uid, int gid) {
    memory.set(JAVA_INT, stat + 20, uid);
    memory.set(JAVA_INT, stat + 24, gid);
    return this;
  }

  public StatxReply mode(int mode) {
    memory.set(JAVA_SHORT, stat + 28, (short) mode);
    return this;
  }

  public StatxReply inode(long inode) {
    memory.set(JAVA_LONG, stat + 32, inode);
    return this;
  }

  /// Blocks in units of 512 bytes.
  public StatxReply size(long sizeBytes, long blockCount) {
    memory.set(JAVA_LONG, stat + 40, sizeBytes);
    memory.set(JAVA_LONG, stat + 48, blockCount);
    return this;
  }

  public StatxReply accessed(long seconds, int nanos) {
    return time(64, seconds, nanos);
  }

  public StatxReply born(long seconds, int nanos) {
    return time(80, seconds, nanos);
  }

  public StatxReply changed(long seconds, int nanos) {
    return time(96, seconds, nanos);
  }

  public StatxReply modified(long seconds, int nanos) {
    return time(112, seconds, nanos);
  }

  private StatxReply time(int offset, long seconds, int nanos) {
    memory.set(JAVA_LONG, stat + offset, seconds);
    memory.set(JAVA_INT, stat + offset + 8, nanos);
    return this;
  }

  /// Of a device node.
  public StatxReply device(int major, int minor) {
    memory.set(JAVA_INT, stat + 128, major);
    memory.set(JAVA_INT, stat + 132, minor);
    return this;
  }
}
