package org.skep.fuse;

/// What kernel and file system can agree on at FUSE_INIT; each constant is one bit of the 64-bit
/// flags. The default set and the reasons for it are in [FuseOptions].
public enum Capability {
  /// Several reads of one file at the same time.
  ASYNC_READ(0),
  /// Byte-range locks are ours; without it the kernel keeps them, seen by this mount only.
  POSIX_LOCKS(1),
  /// O_TRUNC comes with the open instead of a SETATTR after it.
  ATOMIC_O_TRUNC(3),
  /// Lookups of `.` and `..`, for export over NFS.
  EXPORT_SUPPORT(4),
  /// Writes above one page.
  BIG_WRITES(5),
  /// The umask is not applied by the kernel but comes with each creation: default ACLs need the
  /// mode without it.
  DONT_MASK(6),
  /// flock(2) locks are ours.
  FLOCK_LOCKS(10),
  /// ioctl(2) on directories comes to us.
  HAS_IOCTL_DIR(11),
  /// Cached pages go when GETATTR shows another modification time or size.
  AUTO_INVAL_DATA(12),
  DO_READDIRPLUS(13),
  /// READDIRPLUS only where the kernel expects the attributes to be asked for.
  READDIRPLUS_AUTO(14),
  /// Direct I/O of one call is split into requests that run at the same time.
  ASYNC_DIO(15),
  WRITEBACK_CACHE(16),
  /// Lookups and readdirs in one directory at the same time.
  PARALLEL_DIROPS(18),
  /// POSIX ACLs are kept by us and enforced by the kernel; implies default_permissions.
  POSIX_ACL(20),
  /// After an abort, reads of the device end with ECONNABORTED.
  ABORT_ERROR(21),
  /// The number of pages in a request is ours to choose.
  MAX_PAGES(22),
  CACHE_SYMLINKS(23),
  /// Cached pages go only when we say so.
  EXPLICIT_INVAL_DATA(25),
  /// We drop suid, sgid and capabilities on write, truncate and chown; without it each write is
  /// preceded by a GETXATTR.
  HANDLE_KILLPRIV_V2(28),
  /// SETXATTR carries flags: whether an ACL change drops the sgid bit.
  SETXATTR_EXT(29),
  /// The upper 32 bits of the flags count.
  INIT_EXT(30),
  /// Creations carry the caller's supplementary group that equals the directory's.
  CREATE_SUPP_GROUP(34),
  /// An entry can be made stale without dropping what stands on it.
  HAS_EXPIRE_ONLY(35),
  /// Shared mappings of files that are open with FOPEN_DIRECT_IO.
  DIRECT_IO_ALLOW_MMAP(36);

  private final long bit;

  Capability(int position) {
    bit = 1L << position;
  }

  long bit() {
    return bit;
  }
}
