package org.skep.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.skep.linux.Native.INT;
import static org.skep.linux.Native.LONG;
import static org.skep.linux.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;

/// Calls on open files: open, read, write, sync, control. Ranges of a file (truncate, allocate,
/// seek) are in [FileRanges].
///
/// A read or write of a regular file may be short; the loops that insist are named `Fully`.
public final class Descriptors {
  /// For the directory argument of [#openAt]: the working directory.
  public static final int AT_FDCWD = -100;

  public static final int F_GETFL = 3;
  public static final int F_SETFL = 4;
  public static final int F_SETPIPE_SZ = 1031;
  public static final int LOCK_SH = 1;
  public static final int LOCK_EX = 2;
  public static final int LOCK_NB = 4;
  public static final int LOCK_UN = 8;

  private static final MethodHandle CLOSE = Native.function("close", INT, INT);

  private static final int F_DUPFD_CLOEXEC = 1030;

  /// Apart, as a short command only closes sockets, and linking a function takes milliseconds.
  private static final class Data {
    static final MethodHandle READ = Native.function("read", LONG, INT, POINTER, LONG);
    static final MethodHandle WRITE = Native.function("write", LONG, INT, POINTER, LONG);
    static final MethodHandle WRITEV = Native.function("writev", LONG, INT, POINTER, INT);
    static final MethodHandle PREAD = Native.function("pread", LONG, INT, POINTER, LONG, LONG);
    static final MethodHandle PWRITE = Native.function("pwrite", LONG, INT, POINTER, LONG, LONG);

    private Data() {}
  }

  /// Apart for the same reason.
  private static final class Control {
    static final MethodHandle OPENAT = Native.variadic("openat", 3, INT, INT, POINTER, INT, INT);
    static final MethodHandle FSYNC = Native.function("fsync", INT, INT);
    static final MethodHandle FDATASYNC = Native.function("fdatasync", INT, INT);
    static final MethodHandle SYNCFS = Native.function("syncfs", INT, INT);
    static final MethodHandle IOCTL = Native.variadic("ioctl", 2, INT, INT, LONG, POINTER);
    static final MethodHandle FCNTL = Native.variadic("fcntl", 2, INT, INT, INT, INT);
    static final MethodHandle PIPE2 = Native.function("pipe2", INT, POINTER, INT);
    static final MethodHandle FLOCK = Native.function("flock", INT, INT, INT);

    private Control() {}
  }

  private Descriptors() {}

  /// Opens a path; `flags` from [OpenFlags] (O_CLOEXEC is added), `mode` for a file that's created.
  public static int open(String path, int flags, int mode) throws SystemCallException {
    return openAt(AT_FDCWD, path, flags, mode);
  }

  /// Opens a path relative to an open directory.
  public static int openAt(int directory, String path, int flags, int mode)
      throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = Native.path(arena, path);
      MemorySegment errno = Native.errnoOfThread();
      while (true) {
        int descriptor =
            (int)
                Control.OPENAT.invokeExact(
                    errno, directory, name, flags | OpenFlags.O_CLOEXEC, mode);
        if (descriptor >= 0) {
          return descriptor;
        }
        if (!Native.interrupted(errno)) {
          throw Native.failure("open", path, errno);
        }
      }
    } catch (SystemCallException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  /// Closes. The descriptor is gone whatever comes back; EINTR is therefore no failure and not
  /// retried. EIO and ENOSPC can tell of an earlier write on network file systems.
  public static void close(int descriptor) throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    int result;
    try {
      result = (int) CLOSE.invokeExact(errno, descriptor);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0 && !Native.interrupted(errno)) {
      throw Native.failure("close", errno);
    }
  }

  /// One read: bytes read, 0 at the end, or `-errno`. EINTR is given back, too.
  public static long tryRead(int descriptor, MemorySegment target) {
    MemorySegment errno = Native.errnoOfThread();
    try {
      long bytes = (long) Data.READ.invokeExact(errno, descriptor, target, target.byteSize());
      return bytes >= 0 ? bytes : -Native.errno(errno);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  /// One write: bytes written, possibly fewer than asked, or `-errno`. EINTR is given back, too.
  public static long tryWrite(int descriptor, MemorySegment source) {
    MemorySegment errno = Native.errnoOfThread();
    try {
      long bytes = (long) Data.WRITE.invokeExact(errno, descriptor, source, source.byteSize());
      return bytes >= 0 ? bytes : -Native.errno(errno);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  /// One gathered write of what remains in `vector`, which isn't advanced: bytes written or
  /// `-errno`. EINTR is given back, too.
  public static long tryWritev(int descriptor, IoVector vector) {
    MemorySegment errno = Native.errnoOfThread();
    try {
      long bytes =
          (long)
              Data.WRITEV.invokeExact(
                  errno, descriptor, vector.remaining(), vector.remainingCount());
      return bytes >= 0 ? bytes : -Native.errno(errno);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  /// One read at an offset: bytes read, 0 at the end, or `-errno`. EINTR is given back, too.
  public static long tryPread(int descriptor, MemorySegment target, long offsetBytes) {
    MemorySegment errno = Native.errnoOfThread();
    try {
      long bytes =
          (long) Data.PREAD.invokeExact(errno, descriptor, target, target.byteSize(), offsetBytes);
      return bytes >= 0 ? bytes : -Native.errno(errno);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  /// One write at an offset: bytes written or `-errno`. EINTR is given back, too.
  public static long tryPwrite(int descriptor, MemorySegment source, long offsetBytes) {
    MemorySegment errno = Native.errnoOfThread();
    try {
      long bytes =
          (long) Data.PWRITE.invokeExact(errno, descriptor, source, source.byteSize(), offsetBytes);
      return bytes >= 0 ? bytes : -Native.errno(errno);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  /// One read: bytes read, 0 at the end.
  public static long read(int descriptor, MemorySegment target) throws SystemCallException {
    long bytes = tryRead(descriptor, target);
    while (bytes == -Errno.EINTR.number()) {
      bytes = tryRead(descriptor, target);
    }
    return checked("read", bytes);
  }

  public static long read(int descriptor, ByteBuffer target) throws SystemCallException {
    return read(descriptor, Native.segment(target));
  }

  /// Writes all of `source`; a failure may leave a part written.
  public static void writeFully(int descriptor, MemorySegment source) throws SystemCallException {
    long done = 0;
    while (done < source.byteSize()) {
      long bytes = tryWrite(descriptor, source.asSlice(done));
      if (bytes != -Errno.EINTR.number()) {
        done += checked("write", bytes);
      }
    }
  }

  public static void writeFully(int descriptor, ByteBuffer source) throws SystemCallException {
    writeFully(descriptor, Native.segment(source));
  }

  /// Writes all that remains in `vector`, which is empty afterwards; a failure leaves in it what
  /// was not written.
  public static void writevFully(int descriptor, IoVector vector) throws SystemCallException {
    while (vector.remainingBytes() > 0) {
      long bytes = tryWritev(descriptor, vector);
      if (bytes != -Errno.EINTR.number()) {
        vector.advance(checked("writev", bytes));
      }
    }
  }

  /// Reads at an offset until `target` is full or the file ends; gives the bytes read.
  public static long preadFully(int descriptor, MemorySegment target, long offsetBytes)
      throws SystemCallException {
    long done = 0;
    while (done < target.byteSize()) {
      long bytes = tryPread(descriptor, target.asSlice(done), offsetBytes + done);
      if (bytes == 0) {
        break;
      }
      if (bytes != -Errno.EINTR.number()) {
        done += checked("pread", bytes);
      }
    }
    return done;
  }

  public static long preadFully(int descriptor, ByteBuffer target, long offsetBytes)
      throws SystemCallException {
    return preadFully(descriptor, Native.segment(target), offsetBytes);
  }

  /// Writes all of `source` at an offset; a failure (ENOSPC, EDQUOT, EIO) may leave a part written.
  public static void pwriteFully(int descriptor, MemorySegment source, long offsetBytes)
      throws SystemCallException {
    long done = 0;
    while (done < source.byteSize()) {
      long bytes = tryPwrite(descriptor, source.asSlice(done), offsetBytes + done);
      if (bytes != -Errno.EINTR.number()) {
        done += checked("pwrite", bytes);
      }
    }
  }

  public static void pwriteFully(int descriptor, ByteBuffer source, long offsetBytes)
      throws SystemCallException {
    pwriteFully(descriptor, Native.segment(source), offsetBytes);
  }

  /// Data and all metadata of the file on the disk. After a failure the kernel may have dropped the
  /// dirty pages: a second call that succeeds proves nothing. Works for directories opened
  /// O_RDONLY.
  public static void fsync(int descriptor) throws SystemCallException {
    sync("fsync", Control.FSYNC, descriptor);
  }

  /// As [#fsync] without metadata that isn't needed to read the data back.
  public static void fdatasync(int descriptor) throws SystemCallException {
    sync("fdatasync", Control.FDATASYNC, descriptor);
  }

  /// Everything of the file system that the descriptor is on. Fails also for what could not be
  /// written before, if nobody was told yet.
  public static void syncFileSystem(int descriptor) throws SystemCallException {
    sync("syncfs", Control.SYNCFS, descriptor);
  }

  private static void sync(String call, MethodHandle handle, int descriptor)
      throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    int result;
    do {
      try {
        result = (int) handle.invokeExact(errno, descriptor);
      } catch (Throwable e) {
        throw Native.broken(e);
      }
    } while (result < 0 && Native.interrupted(errno));
    if (result < 0) {
      throw Native.failure(call, errno);
    }
  }

  /// An ioctl whose argument is a pointer; gives its non-negative result.
  public static int ioctl(int descriptor, long request, MemorySegment argument)
      throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    int result;
    try {
      result = (int) Control.IOCTL.invokeExact(errno, descriptor, request, argument);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0) {
      throw Native.failure("ioctl", errno);
    }
    return result;
  }

  /// An fcntl whose argument is a number; gives its non-negative result.
  public static int fcntl(int descriptor, int command, int argument) throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    int result;
    try {
      result = (int) Control.FCNTL.invokeExact(errno, descriptor, command, argument);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0) {
      throw Native.failure("fcntl", errno);
    }
    return result;
  }

  /// Switches O_NONBLOCK of the open file description on or off.
  public static void setNonBlocking(int descriptor, boolean nonBlocking)
      throws SystemCallException {
    int flags = fcntl(descriptor, F_GETFL, 0);
    int wanted = nonBlocking ? flags | OpenFlags.O_NONBLOCK : flags & ~OpenFlags.O_NONBLOCK;
    if (wanted != flags) {
      fcntl(descriptor, F_SETFL, wanted);
    }
  }

  /// A second descriptor of the same open file description, close-on-exec.
  public static int duplicate(int descriptor) throws SystemCallException {
    return fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  }

  /// A pipe: `[read end, write end]`; `flags` may hold O_NONBLOCK and O_DIRECT.
  public static int[] pipe(int flags) throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    MemorySegment ends = Native.scratchOfThread();
    int result;
    try {
      result = (int) Control.PIPE2.invokeExact(errno, ends, flags | OpenFlags.O_CLOEXEC);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0) {
      throw Native.failure("pipe2", errno);
    }
    return new int[] {ends.get(JAVA_INT, 0), ends.get(JAVA_INT, 4)};
  }

  /// Locks the open file description as a whole (LOCK_SH, LOCK_EX, LOCK_UN). Gives false if LOCK_NB
  /// was asked and another holds it. The lock ends when the last descriptor of the description is
  /// closed, also by a dying process.
  public static boolean flock(int descriptor, int operation) throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    int result;
    do {
      try {
        result = (int) Control.FLOCK.invokeExact(errno, descriptor, operation);
      } catch (Throwable e) {
        throw Native.broken(e);
      }
    } while (result < 0 && Native.interrupted(errno));
    if (result == 0) {
      return true;
    }
    if (Native.errno(errno) == Errno.EAGAIN.number()) {
      return false;
    }
    throw Native.failure("flock", errno);
  }

  static long checked(String call, long bytes) throws SystemCallException {
    if (bytes < 0) {
      throw Native.negative(call, bytes);
    }
    return bytes;
  }
}
