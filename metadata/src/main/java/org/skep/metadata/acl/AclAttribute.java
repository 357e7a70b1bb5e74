package org.skep.metadata.acl;

import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;

/// What setting, removing and chmod do to `system.posix_acl_access` and `system.posix_acl_default`.
public final class AclAttribute {
  public static final String ACCESS = "system.posix_acl_access";
  public static final String DEFAULT = "system.posix_acl_default";

  private static final int S_IFMT = 0170000;
  private static final int S_IFDIR = 0040000;
  private static final int S_IFLNK = 0120000;
  private static final int S_ISGID = 02000;
  private static final int PERMISSIONS = 0777;

  private AclAttribute() {}

  /// What is to become of inode and attribute.
  public sealed interface Decision {
    /// @param mode the inode's mode, with its type, afterwards
    /// @param acl the attribute afterwards; null: there is none
    record Stored(int mode, @Nullable Acl acl) implements Decision {}

    record Refused(Errno errno) implements Decision {}
  }

  /// setxattr(2) of the access list: the mode follows the list, and a list that says no more than
  /// the mode is not kept.
  ///
  /// @param mode the inode's, with its type
  /// @param killSgid the caller is neither in the owning group nor privileged
  public static Decision setAccess(int mode, byte[] value, boolean killSgid) {
    if ((mode & S_IFMT) == S_IFLNK) {
      return new Decision.Refused(Errno.EOPNOTSUPP);
    }
    return switch (Acl.parse(value)) {
      case Acl.Parsed.Invalid invalid -> new Decision.Refused(invalid.errno());
      case Acl.Parsed.Nothing nothing -> new Decision.Stored(mode, null);
      case Acl.Parsed.Valid valid -> {
        Acl acl = valid.acl();
        int kept = killSgid ? mode & ~S_ISGID : mode;
        yield new Decision.Stored(
            (kept & ~PERMISSIONS) | acl.permissionBits(), acl.isModeOnly() ? null : acl);
      }
    };
  }

  /// setxattr(2) of the default list, which only directories have (else EACCES); the mode stays.
  public static Decision setDefault(int mode, byte[] value) {
    if ((mode & S_IFMT) == S_IFLNK) {
      return new Decision.Refused(Errno.EOPNOTSUPP);
    }
    return switch (Acl.parse(value)) {
      case Acl.Parsed.Nothing nothing -> new Decision.Stored(mode, null);
      case Acl.Parsed.Invalid invalid -> new Decision.Refused(invalid.errno());
      case Acl.Parsed.Valid valid ->
          (mode & S_IFMT) == S_IFDIR
              ? new Decision.Stored(mode, valid.acl())
              : new Decision.Refused(Errno.EACCES);
    };
  }
}
