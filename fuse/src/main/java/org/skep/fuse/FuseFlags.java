package org.skep.fuse;

/// Numbers of the protocol that operations meet, by their names in `linux/fuse.h` and `linux/fs.h`.
public final class FuseFlags {
  /// The node id of the root directory.
  public static final long ROOT_NODE = 1;

  /// [OpenReply]: no page cache for this open file; every read and write comes to us.
  public static final int FOPEN_DIRECT_IO = 1;

  /// [OpenReply]: what the page cache holds of the file stays.
  public static final int FOPEN_KEEP_CACHE = 1 << 1;

  public static final int FOPEN_NONSEEKABLE = 1 << 2;

  /// [OpenReply] of a directory: the kernel may keep its entries.
  public static final int FOPEN_CACHE_DIR = 1 << 3;

  public static final int FOPEN_STREAM = 1 << 4;

  /// [OpenReply]: no FLUSH at close.
  public static final int FOPEN_NOFLUSH = 1 << 5;

  /// [OpenReply]: direct writes of one file that don't grow it may come at the same time.
  public static final int FOPEN_PARALLEL_DIRECT_WRITES = 1 << 6;

  /// Open and create: drop suid and sgid if the open truncates.
  public static final int FUSE_OPEN_KILL_SUIDGID = 1;

  /// Write: comes from the page cache: pid and lock owner are not those of the writer.
  public static final int FUSE_WRITE_CACHE = 1;

  /// Write: the lock owner is valid.
  public static final int FUSE_WRITE_LOCKOWNER = 1 << 1;

  /// Write: drop suid and sgid.
  public static final int FUSE_WRITE_KILL_SUIDGID = 1 << 2;

  /// Read: the lock owner is valid.
  public static final int FUSE_READ_LOCKOWNER = 1 << 1;

  public static final int FUSE_RELEASE_FLUSH = 1;

  /// Release: end the flock(2) locks of the lock owner.
  public static final int FUSE_RELEASE_FLOCK_UNLOCK = 1 << 1;

  /// Setxattr of an ACL: drop the sgid bit.
  public static final int FUSE_SETXATTR_ACL_KILL_SGID = 1;

  public static final int XATTR_CREATE = 1;
  public static final int XATTR_REPLACE = 2;

  public static final int RENAME_NOREPLACE = 1;
  public static final int RENAME_EXCHANGE = 2;
  public static final int RENAME_WHITEOUT = 4;

  public static final int F_RDLCK = 0;
  public static final int F_WRLCK = 1;
  public static final int F_UNLCK = 2;

  public static final int S_IFMT = 0170000;
  public static final int S_IFSOCK = 0140000;
  public static final int S_IFLNK = 0120000;
  public static final int S_IFREG = 0100000;
  public static final int S_IFBLK = 0060000;
  public static final int S_IFDIR = 0040000;
  public static final int S_IFCHR = 0020000;
  public static final int S_IFIFO = 0010000;

  private FuseFlags() {}
}
