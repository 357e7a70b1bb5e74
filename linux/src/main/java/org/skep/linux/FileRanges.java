package org.skep.linux;

import static org.skep.linux.Native.INT;
import static org.skep.linux.Native.LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Size, allocation and holes of an open regular file. All offsets and lengths in bytes. EINTR is
/// retried.
public final class FileRanges {
  public static final int FALLOC_FL_KEEP_SIZE = 1;
  public static final int FALLOC_FL_PUNCH_HOLE = 2;
  public static final int FALLOC_FL_COLLAPSE_RANGE = 8;
  public static final int FALLOC_FL_ZERO_RANGE = 16;
  public static final int FALLOC_FL_INSERT_RANGE = 32;
  public static final int FALLOC_FL_UNSHARE_RANGE = 64;

  public static final int SEEK_SET = 0;
  public static final int SEEK_CUR = 1;
  public static final int SEEK_END = 2;
  public static final int SEEK_DATA = 3;
  public static final int SEEK_HOLE = 4;

  private static final MethodHandle FTRUNCATE = Native.function("ftruncate", INT, INT, LONG);
  private static final MethodHandle FALLOCATE =
      Native.function("fallocate", INT, INT, INT, LONG, LONG);
  private static final MethodHandle LSEEK = Native.function("lseek", LONG, INT, LONG, INT);

  private FileRanges() {}

  /// Sets the size; what is added reads as zeros.
  public static void truncate(int descriptor, long sizeBytes) throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    int result;
    do {
      try {
        result = (int) FTRUNCATE.invokeExact(errno, descriptor, sizeBytes);
      } catch (Throwable e) {
        throw Native.broken(e);
      }
    } while (result < 0 && Native.interrupted(errno));
    if (result < 0) {
      throw Native.failure("ftruncate", errno);
    }
  }

  /// fallocate(2); `mode` from the FALLOC constants, 0 to allocate and grow. EOPNOTSUPP where the
  /// file system can't.
  public static void allocate(int descriptor, int mode, long offsetBytes, long lengthBytes)
      throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    int result;
    do {
      try {
        result = (int) FALLOCATE.invokeExact(errno, descriptor, mode, offsetBytes, lengthBytes);
      } catch (Throwable e) {
        throw Native.broken(e);
      }
    } while (result < 0 && Native.interrupted(errno));
    if (result < 0) {
      throw Native.failure("fallocate", errno);
    }
  }

  /// Frees the range, which then reads as zeros; the size stays.
  public static void punchHole(int descriptor, long offsetBytes, long lengthBytes)
      throws SystemCallException {
    allocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offsetBytes, lengthBytes);
  }

  /// lseek(2): the new offset, or -1 where SEEK_DATA finds no more data or the offset lies beyond
  /// the end (ENXIO).
  public static long seek(int descriptor, long offsetBytes, int whence) throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    long result;
    try {
      result = (long) LSEEK.invokeExact(errno, descriptor, offsetBytes, whence);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result >= 0) {
      return result;
    }
    if (Native.errno(errno) == Errno.ENXIO.number()) {
      return -1;
    }
    throw Native.failure("lseek", errno);
  }
}
