package org.skep.linux;

/// The flags of open(2). Four of them differ between x86-64 and aarch64, so use these names, never
/// numbers.
public final class OpenFlags {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_ACCMODE = 3;
  public static final int O_CREAT = 0x40;
  public static final int O_EXCL = 0x80;
  public static final int O_NOCTTY = 0x100;
  public static final int O_TRUNC = 0x200;
  public static final int O_APPEND = 0x400;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_DSYNC = 0x1000;
  public static final int O_DIRECT = Native.X86_64 ? 0x4000 : 0x10000;
  public static final int O_LARGEFILE = Native.X86_64 ? 0x8000 : 0x20000;
  public static final int O_DIRECTORY = Native.X86_64 ? 0x10000 : 0x4000;
  public static final int O_NOFOLLOW = Native.X86_64 ? 0x20000 : 0x8000;
  public static final int O_NOATIME = 0x40000;
  public static final int O_CLOEXEC = 0x80000;
  public static final int O_SYNC = 0x101000;
  public static final int O_PATH = 0x200000;
  public static final int O_TMPFILE = 0x400000 | O_DIRECTORY;

  /// The kernel's own mark on descriptors that execve(2) opened; seen in FUSE open requests only.
  public static final int FMODE_EXEC = 0x20;

  private OpenFlags() {}
}
