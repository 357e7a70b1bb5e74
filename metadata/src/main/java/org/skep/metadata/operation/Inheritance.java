package org.skep.metadata.operation;

import com.google.protobuf.ByteString;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.FileType;
import org.skep.wire.message.Caller;

/// What a new inode takes over from its directory and its maker (inode_init_owner of Linux).
///
/// @param mode type and permissions
/// @param accessAcl `system.posix_acl_access` in the kernel's format; empty: none
/// @param defaultAcl `system.posix_acl_default`, of directories; empty: none
record Inheritance(int mode, int uid, int gid, ByteString accessAcl, ByteString defaultAcl) {

  /// @param mode type and permissions as the application gave them
  static Inheritance of(InodeRecord parent, int mode, int umask, Caller caller) {
    boolean inherits = (parent.getMode() & FileType.SET_GROUP) != 0;
    int gid = inherits ? parent.getGid() : caller.getGid();
    int own = mode & ~(umask & 0777);
    if (FileType.isDirectory(mode)) {
      own = inherits ? own | FileType.SET_GROUP : own;
    } else if (inherits && setsGroupOfOthers(own, gid, caller)) {
      own &= ~FileType.SET_GROUP;
    }
    return new Inheritance(own, caller.getUid(), gid, ByteString.EMPTY, ByteString.EMPTY);
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
