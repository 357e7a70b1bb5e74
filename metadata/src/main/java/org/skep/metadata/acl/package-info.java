/// POSIX access control lists (acl(5)), as rules on values: nothing here reads or writes a store.
///
/// The kernel enforces them (`FUSE_POSIX_ACL` with `default_permissions`): it fetches
/// `system.posix_acl_access` and decides itself. Left to the file system, and so to this package,
/// is what setting, chmod and creation make of them:
///
/// * [Acl] is one list, in and out of the kernel's format, checked as `posix_acl_valid` does.
/// * [AclAttribute] is what setting one of the two attributes does to mode and attribute.
/// * [AclInheritance] is what a new inode gets from its directory.
///
/// Traps: the group bits of a mode are the *mask* where there is one. A list that says no more than
/// the mode is not kept, else every later chmod would have to rewrite it. The umask counts only
/// where the directory has no default list.
@NullMarked
package org.skep.metadata.acl;

import org.jspecify.annotations.NullMarked;
