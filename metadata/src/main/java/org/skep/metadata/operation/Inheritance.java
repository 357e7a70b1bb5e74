package org.skep.metadata.operation;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.acl.Acl;
import org.skep.metadata.acl.AclInheritance;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Caller;

/// What a new inode takes over from its directory and its maker (inode_init_owner of Linux).
///
/// @param mode type and permissions
/// @param accessAcl `system.posix_acl_access` in the kernel's format; empty: none
/// @param defaultAcl `system.posix_acl_default`, of directories; empty: none
record Inheritance(int mode, int uid, int gid, ByteString accessAcl, ByteString defaultAcl) {

  /// @param directory where the new inode's entry will be, locked by the caller
  /// @param mode type and permissions as the application gave them
  static Inheritance of(
      Shard shard, long directory, InodeRecord parent, int mode, int umask, Caller caller)
      throws DiskException {
    byte[] defaultAcl =
        parent.getXattrs() ? shard.records().xattr(directory, Xattrs.DEFAULT_ACL) : null;
    AclInheritance acls =
        AclInheritance.of(mode, umask, defaultAcl == null ? null : Acl.stored(defaultAcl));
    boolean inherits = (parent.getMode() & FileType.SET_GROUP) != 0;
    int gid = inherits ? parent.getGid() : caller.getGid();
    int own = acls.mode();
    if (FileType.isDirectory(mode)) {
      own = inherits ? own | FileType.SET_GROUP : own;
    } else if (inherits && setsGroupOfOthers(own, gid, caller)) {
      own &= ~FileType.SET_GROUP;
    }
    return new Inheritance(
        own, caller.getUid(), gid, bytes(acls.access()), bytes(acls.inherited()));
  }

  private static ByteString bytes(@Nullable Acl acl) {
    return acl == null ? ByteString.EMPTY : ByteString.copyFrom(acl.bytes());
  }

  private static boolean setsGroupOfOthers(int mode, int gid, Caller caller) {
    int both = FileType.SET_GROUP | FileType.GROUP_EXECUTE;
    return (mode & both) == both && !isMember(caller, gid);
  }

  /// Whether the caller may keep the set-group-id bit of an inode of this group.
  static boolean isMember(Caller caller, int gid) {
    return caller.getPrivileged() || caller.getGid() == gid || caller.getGroupsList().contains(gid);
  }
}
