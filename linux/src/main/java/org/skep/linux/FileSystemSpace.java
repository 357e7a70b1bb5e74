package org.skep.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.skep.linux.Native.INT;
import static org.skep.linux.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// What statvfs(3) tells of a file system. `availableBytes` is what an ordinary user may take,
/// `freeBytes` includes what root keeps.
public record FileSystemSpace(
    long totalBytes,
    long freeBytes,
    long availableBytes,
    long fragmentBytes,
    long inodesTotal,
    long inodesFree,
    long nameBytesMax,
    boolean readOnly) {

  private static final long ST_RDONLY = 1;
  private static final MethodHandle STATVFS = Native.function("statvfs", INT, POINTER, POINTER);
  private static final MethodHandle FSTATVFS = Native.function("fstatvfs", INT, INT, POINTER);

  public static FileSystemSpace of(String path) throws SystemCallException {
    MemorySegment buffer = Native.scratchOfThread();
    MemorySegment errno = Native.errnoOfThread();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = Native.path(arena, path);
      int result;
      do {
        result = (int) STATVFS.invokeExact(errno, name, buffer);
      } while (result < 0 && Native.interrupted(errno));
      if (result < 0) {
        throw Native.failure("statvfs", path, errno);
      }
    } catch (SystemCallException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    return decode(buffer);
  }

  public static FileSystemSpace of(int descriptor) throws SystemCallException {
    MemorySegment buffer = Native.scratchOfThread();
    MemorySegment errno = Native.errnoOfThread();
    int result;
    do {
      try {
        result = (int) FSTATVFS.invokeExact(errno, descriptor, buffer);
      } catch (Throwable e) {
        throw Native.broken(e);
      }
    } while (result < 0 && Native.interrupted(errno));
    if (result < 0) {
      throw Native.failure("fstatvfs", errno);
    }
    return decode(buffer);
  }

  /// `struct statvfs` of 64-bit Linux: eleven longs, file system id at 64, flags at 72, name length
  /// at 80.
  private static FileSystemSpace decode(MemorySegment buffer) {
    long fragment = buffer.get(JAVA_LONG, 8);
    return new FileSystemSpace(
        buffer.get(JAVA_LONG, 16) * fragment,
        buffer.get(JAVA_LONG, 24) * fragment,
        buffer.get(JAVA_LONG, 32) * fragment,
        fragment,
        buffer.get(JAVA_LONG, 40),
        buffer.get(JAVA_LONG, 48),
        buffer.get(JAVA_LONG, 80),
        (buffer.get(JAVA_LONG, 72) & ST_RDONLY) != 0);
  }
}
