package org.skep.linux;

import static org.skep.linux.Native.INT;
import static org.skep.linux.Native.LONG;
import static org.skep.linux.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// mount(2) and umount2(2); both need CAP_SYS_ADMIN (EPERM without).
public final class Mounts {
  public static final long MS_RDONLY = 1;
  public static final long MS_NOSUID = 2;
  public static final long MS_NODEV = 4;
  public static final long MS_NOEXEC = 8;
  public static final long MS_SYNCHRONOUS = 16;
  public static final long MS_REMOUNT = 32;
  public static final long MS_DIRSYNC = 128;
  public static final long MS_NOATIME = 1024;
  public static final long MS_NODIRATIME = 2048;
  public static final long MS_RELATIME = 1 << 21;

  public static final int MNT_FORCE = 1;
  public static final int MNT_DETACH = 2;
  public static final int UMOUNT_NOFOLLOW = 8;

  private static final MethodHandle MOUNT =
      Native.function("mount", INT, POINTER, POINTER, POINTER, LONG, POINTER);
  private static final MethodHandle UMOUNT2 = Native.function("umount2", INT, POINTER, INT);

  private Mounts() {}

  /// Mounts `source` (free text for FUSE) on the directory `target`; `data` is the file system's
  /// own comma-separated options.
  public static void mount(String source, String target, String type, long flags, String data)
      throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rawSource = Native.path(arena, source);
      MemorySegment rawTarget = Native.path(arena, target);
      MemorySegment rawType = Native.path(arena, type);
      MemorySegment rawData = Native.path(arena, data);
      MemorySegment errno = Native.errnoOfThread();
      if ((int) MOUNT.invokeExact(errno, rawSource, rawTarget, rawType, flags, rawData) < 0) {
        throw Native.failure("mount", target, errno);
      }
    } catch (SystemCallException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  /// EBUSY while in use (unless MNT_DETACH, which hides it at once and frees it when the last user
  /// is gone), EINVAL if it's no mount point.
  public static void unmount(String target, int flags) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rawTarget = Native.path(arena, target);
      MemorySegment errno = Native.errnoOfThread();
      if ((int) UMOUNT2.invokeExact(errno, rawTarget, flags) < 0) {
        throw Native.failure("umount", target, errno);
      }
    } catch (SystemCallException e) {
      throw e;
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }
}
