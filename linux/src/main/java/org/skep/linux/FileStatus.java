package org.skep.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.skep.linux.Native.INT;
import static org.skep.linux.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// What statx(2) tells of a file. `allocatedBytes` is the space it takes on the disk, holes left
/// out; times are nanoseconds since 1970.
public record FileStatus(
    long inode,
    int mode,
    int linkCount,
    int uid,
    int gid,
    long sizeBytes,
    long allocatedBytes,
    int blockBytes,
    int deviceMajor,
    int deviceMinor,
    long accessedNanos,
    long modifiedNanos,
    long changedNanos) {

  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int S_IFMT = 0170000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFDIR = 0040000;

  private static final MethodHandle STATX =
      Native.function("statx", INT, INT, POINTER, INT, INT, POINTER);
  private static final MemorySegment EMPTY_PATH = Arena.global().allocate(1);

  /// Of an open file.
  public static FileStatus of(int descriptor) throws SystemCallException {
    return statx(descriptor, EMPTY_PATH, AT_EMPTY_PATH, "");
  }

  /// Of a path; a symbolic link at its end is not followed.
  public static FileStatus ofPath(String path) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      return statx(Descriptors.AT_FDCWD, Native.path(arena, path), AT_SYMLINK_NOFOLLOW, path);
    }
  }

  private static FileStatus statx(int descriptor, MemorySegment path, int flags, String subject)
      throws SystemCallException {
    MemorySegment buffer = Native.scratchOfThread();
    MemorySegment errno = Native.errnoOfThread();
    int result;
    try {
      result = (int) STATX.invokeExact(errno, descriptor, path, flags, STATX_BASIC_STATS, buffer);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0) {
      throw Native.failure("statx", subject, errno);
    }
    return new FileStatus(
        buffer.get(JAVA_LONG, 32),
        buffer.get(JAVA_SHORT, 28) & 0xffff,
        buffer.get(JAVA_INT, 16),
        buffer.get(JAVA_INT, 20),
        buffer.get(JAVA_INT, 24),
        buffer.get(JAVA_LONG, 40),
        buffer.get(JAVA_LONG, 48) * 512,
        buffer.get(JAVA_INT, 4),
        buffer.get(JAVA_INT, 136),
        buffer.get(JAVA_INT, 140),
        nanos(buffer, 64),
        nanos(buffer, 112),
        nanos(buffer, 96));
  }

  private static long nanos(MemorySegment buffer, long offset) {
    return buffer.get(JAVA_LONG, offset) * 1_000_000_000L + buffer.get(JAVA_INT, offset + 8);
  }

  public boolean isRegularFile() {
    return (mode & S_IFMT) == S_IFREG;
  }

  public boolean isDirectory() {
    return (mode & S_IFMT) == S_IFDIR;
  }
}
