package org.skep.metadata.acl;

import org.jspecify.annotations.Nullable;

/// What a new inode gets.
///
/// @param mode with its type, as it is to be stored
/// @param access the access list, or null for none
/// @param inherited the default list (of a directory), or null for none
public record AclInheritance(int mode, @Nullable Acl access, @Nullable Acl inherited) {

  private static final int S_IFMT = 0170000;
  private static final int S_IFDIR = 0040000;
  private static final int S_IFLNK = 0120000;
  private static final int PERMISSIONS = 0777;

  /// `posix_acl_create`: with a default list in the directory, that is the access list, limited by
  /// the mode that the application asked for, and directories inherit it; else the umask counts.
  ///
  /// @param mode type and permissions as the application gave them
  /// @param defaultOfParent the directory's default list, or null
  public static AclInheritance of(int mode, int umask, @Nullable Acl defaultOfParent) {
    int type = mode & S_IFMT;
    if (type == S_IFLNK) {
      return new AclInheritance(mode, null, null);
    }
    if (defaultOfParent == null) {
      return new AclInheritance(mode & ~(umask & PERMISSIONS), null, null);
    }
    Acl access = defaultOfParent.limitedTo(mode);
    return new AclInheritance(
        (mode & ~PERMISSIONS) | access.permissionBits(),
        access.isModeOnly() ? null : access,
        type == S_IFDIR ? defaultOfParent : null);
  }
}
