package org.skep.linux;

import static org.skep.linux.Native.INT;
import static org.skep.linux.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Calls on names: make, move, remove, and put a directory's changes on the disk. Paths are sent as
/// UTF-8.
public final class Paths {
  public static final int RENAME_NOREPLACE = 1;
  public static final int RENAME_EXCHANGE = 2;

  private static final MethodHandle MKDIR = Native.function("mkdir", INT, POINTER, INT);
  private static final MethodHandle RMDIR = Native.function("rmdir", INT, POINTER);
  private static final MethodHandle UNLINK = Native.function("unlink", INT, POINTER);
  private static final MethodHandle RENAMEAT2 =
      Native.function("renameat2", INT, INT, POINTER, INT, POINTER, INT);
  private static final MethodHandle UNLINKAT = Native.function("unlinkat", INT, INT, POINTER, INT);

  private Paths() {}

  /// The process's umask applies to `mode`.
  public static void makeDirectory(String path, int mode) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = Native.path(arena, path);
      MemorySegment errno = Native.errnoOfThread();
      if ((int) MKDIR.invokeExact(errno, name, mode) < 0) {
        throw Native.failure("mkdir", path, errno);
      }
    } catch (SystemCallException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  public static void removeDirectory(String path) throws SystemCallException {
    remove("rmdir", RMDIR, path);
  }

  public static void unlink(String path) throws SystemCallException {
    remove("unlink", UNLINK, path);
  }

  private static void remove(String call, MethodHandle handle, String path)
      throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = Native.path(arena, path);
      MemorySegment errno = Native.errnoOfThread();
      if ((int) handle.invokeExact(errno, name) < 0) {
        throw Native.failure(call, path, errno);
      }
    } catch (SystemCallException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  /// Removes a name in an open directory.
  public static void unlinkAt(int directory, String name) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment raw = Native.path(arena, name);
      MemorySegment errno = Native.errnoOfThread();
      if ((int) UNLINKAT.invokeExact(errno, directory, raw, 0) < 0) {
        throw Native.failure("unlinkat", name, errno);
      }
    } catch (SystemCallException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  /// Moves a name, atomically: replaces a target by default, refuses it with RENAME_NOREPLACE,
  /// swaps with RENAME_EXCHANGE. It's on the disk only after [#syncDirectory] of both directories.
  public static void rename(String from, String to, int flags) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = Native.path(arena, from);
      MemorySegment target = Native.path(arena, to);
      MemorySegment errno = Native.errnoOfThread();
      int cwd = Descriptors.AT_FDCWD;
      if ((int) RENAMEAT2.invokeExact(errno, cwd, source, cwd, target, flags) < 0) {
        throw Native.failure("rename", from + " to " + to, errno);
      }
    } catch (SystemCallException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  /// Puts the directory's entries on the disk.
  public static void syncDirectory(String path) throws SystemCallException {
    int directory = Descriptors.open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
    try {
      Descriptors.fsync(directory);
    } finally {
      Descriptors.close(directory);
    }
  }
}
