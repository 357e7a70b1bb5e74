package org.skep.fuse;

import java.lang.foreign.MemorySegment;
import org.skep.linux.Errno;

/// A file system in terms of node ids, as the kernel asks for it. Called by many threads at the
/// same time.
///
/// Each operation returns 0 for success, or the positive number of an [Errno]; its results go into
/// the reply object, all fields of which are 0 before. An operation that isn't overridden answers
/// ENOSYS, which for some tells the kernel never to ask again (xattrs, locks, lseek, ...). An
/// exception answers EIO and is handed to the session's failure handler.
///
/// The engine has checked what comes from the kernel: names are 1 to 255 bytes without `/` and NUL,
/// and never `.` or `..`; offsets and lengths aren't negative. Node ids and handles are what the
/// file system itself gave out, except from a hostile kernel.
///
/// A node lives until its lookups are given back: each [EntryReply] with a node counts 1 (lookup,
/// mknod, mkdir, symlink, link, create, tmpfile, each node of a readdirplus); [#forget] gives back.
/// Byte arrays belong to the operation; memory segments are valid until it returns.
///
/// With DONT_MASK (the default, for default ACLs) the operation applies `umask` itself unless a
/// default ACL of the directory decides. With POSIX_ACL (the default) or default_permissions the
/// kernel checks permissions from mode, owner and the ACL attributes.
///
/// Deadlock to know: a serving thread must never send a notification ([FuseNotifier]) for a node or
/// directory whose request it serves, and no operation may touch its own mount.
@SuppressWarnings("unused")
public interface FuseOperations {
  /// Returned instead of an errno after [FuseRequest#defer].
  int DEFERRED = -1;

  /// The answer of everything that isn't there.
  int ENOSYS = Errno.ENOSYS.number();

  /// For attributes: the request comes without an open file.
  long NO_HANDLE = -1;

  /// Before any other operation; the kernel waits for it.
  default void init(FuseNegotiation negotiation) {}

  /// After the last other operation, once, however the session ends. Deferred replies that are
  /// still open should be answered here.
  default void destroy() {}

  default int lookup(FuseRequest request, long parent, byte[] name, EntryReply reply) {
    return ENOSYS;
  }

  /// Gives back `lookupCount` lookups of a node. No answer. Must not block.
  default void forget(long node, long lookupCount) {}

  /// `handle` is [#NO_HANDLE] unless the kernel asks through an open file.
  default int getattr(FuseRequest request, long node, long handle, AttributesReply reply) {
    return ENOSYS;
  }

  /// Changes what `changes` names and answers all attributes.
  default int setattr(
      FuseRequest request, long node, SetAttributes changes, AttributesReply reply) {
    return ENOSYS;
  }

  /// As getattr with birth time; ENOSYS makes the kernel use getattr for ever. `mask` is what was
  /// asked for (STATX bits), `flags` AT_STATX.
  default int statx(
      FuseRequest request, long node, long handle, int flags, int mask, StatxReply reply) {
    return ENOSYS;
  }

  default int readlink(FuseRequest request, long node, BytesReply reply) {
    return ENOSYS;
  }

  /// `target` is 1 to 4095 bytes.
  default int symlink(
      FuseRequest request, long parent, byte[] name, byte[] target, EntryReply reply) {
    return ENOSYS;
  }

  /// `mode` with type; `device` as the kernel encodes it (minor bits 0-7 and 20-31, major 8-19).
  default int mknod(
      FuseRequest request,
      long parent,
      byte[] name,
      int mode,
      int device,
      int umask,
      EntryReply reply) {
    return ENOSYS;
  }

  default int mkdir(
      FuseRequest request, long parent, byte[] name, int mode, int umask, EntryReply reply) {
    return ENOSYS;
  }

  default int unlink(FuseRequest request, long parent, byte[] name) {
    return ENOSYS;
  }

  default int rmdir(FuseRequest request, long parent, byte[] name) {
    return ENOSYS;
  }

  /// `flags`: RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT, or 0; EINVAL for those not
  /// supported.
  default int rename(
      FuseRequest request, long parent, byte[] name, long newParent, byte[] newName, int flags) {
    return ENOSYS;
  }

  /// A further name of `node`.
  default int link(
      FuseRequest request, long node, long newParent, byte[] newName, EntryReply reply) {
    return ENOSYS;
  }

  /// `flags` of open(2), without O_CREAT, O_EXCL and O_NOCTTY; with O_TRUNC the file must be
  /// emptied (ATOMIC_O_TRUNC). `openFlags`: FUSE_OPEN_KILL_SUIDGID.
  default int open(FuseRequest request, long node, int flags, int openFlags, OpenReply reply) {
    return ENOSYS;
  }

  /// Makes a file and opens it. With O_EXCL in `flags` an existing name is EEXIST; without, it's
  /// opened (and emptied with O_TRUNC).
  default int create(
      FuseRequest request,
      long parent,
      byte[] name,
      int flags,
      int mode,
      int umask,
      int openFlags,
      EntryReply entry,
      OpenReply open) {
    return ENOSYS;
  }

  /// Makes a file without a name and opens it; `link` may name it later unless O_EXCL.
  default int tmpfile(
      FuseRequest request,
      long parent,
      int flags,
      int mode,
      int umask,
      EntryReply entry,
      OpenReply open) {
    return ENOSYS;
  }

  /// Up to `size` bytes, at most maxWriteBytes. `readFlags`: FUSE_READ_LOCKOWNER; `openFlags` as of
  /// the open, now (O_DIRECT, ...).
  default int read(
      FuseRequest request,
      long node,
      long handle,
      long offset,
      int size,
      int readFlags,
      long lockOwner,
      int openFlags,
      ReadReply reply) {
    return ENOSYS;
  }

  /// Writes `data`, valid until the operation returns and readable by any thread until then. The
  /// answer is the number of bytes written. With O_APPEND in `openFlags` the kernel's idea of the
  /// end of file (`offset`) may be old: the file system decides.
  default int write(
      FuseRequest request,
      long node,
      long handle,
      long offset,
      MemorySegment data,
      int writeFlags,
      long lockOwner,
      int openFlags,
      CountReply reply) {
    return ENOSYS;
  }

  default int statfs(FuseRequest request, long node, StatfsReply reply) {
    return ENOSYS;
  }

  /// At each close(2) of a descriptor: hands out errors of earlier writes, and ends the POSIX locks
  /// of `lockOwner`. May be deferred.
  default int flush(FuseRequest request, long node, long handle, long lockOwner) {
    return ENOSYS;
  }

  /// After the last close; nobody sees an error. `releaseFlags`: FUSE_RELEASE_FLOCK_UNLOCK ends the
  /// flock of `lockOwner`.
  default int release(
      FuseRequest request, long node, long handle, int flags, int releaseFlags, long lockOwner) {
    return 0;
  }

  /// May be deferred.
  default int fsync(FuseRequest request, long node, long handle, boolean dataOnly) {
    return ENOSYS;
  }

  /// `flags`: XATTR_CREATE, XATTR_REPLACE; `extraFlags`: FUSE_SETXATTR_ACL_KILL_SGID.
  default int setxattr(
      FuseRequest request, long node, byte[] name, byte[] value, int flags, int extraFlags) {
    return ENOSYS;
  }

  /// ENODATA if there's none of this name.
  default int getxattr(FuseRequest request, long node, byte[] name, BytesReply reply) {
    return ENOSYS;
  }

  /// All names by [BytesReply#appendName].
  default int listxattr(FuseRequest request, long node, BytesReply reply) {
    return ENOSYS;
  }

  default int removexattr(FuseRequest request, long node, byte[] name) {
    return ENOSYS;
  }

  /// Of a directory.
  default int opendir(FuseRequest request, long node, int flags, OpenReply reply) {
    return 0;
  }

  /// Entries after the cookie `offset` (0 for the first), `.` and `..` included.
  default int readdir(
      FuseRequest request, long node, long handle, long offset, DirectoryReply reply) {
    return ENOSYS;
  }

  default int readdirplus(
      FuseRequest request, long node, long handle, long offset, DirectoryReply reply) {
    return ENOSYS;
  }

  default int releasedir(FuseRequest request, long node, long handle, int flags) {
    return 0;
  }

  /// May be deferred.
  default int fsyncdir(FuseRequest request, long node, long handle, boolean dataOnly) {
    return ENOSYS;
  }

  /// What lock of another owner is in the way of this one. `last` is inclusive, `Long.MAX_VALUE`
  /// for the end of the file. `type` F_RDLCK or F_WRLCK.
  default int getlk(
      FuseRequest request,
      long node,
      long handle,
      long owner,
      long first,
      long last,
      int type,
      int pid,
      LockReply reply) {
    return ENOSYS;
  }

  /// Takes or ends (F_UNLCK) a lock. POSIX and OFD locks differ only in their owner; with `flock`
  /// it's a lock of the whole file by flock(2). Without `wait` a conflict is EAGAIN. With `wait`
  /// the operation waits, and should do so by [FuseRequest#defer], since a blocked lock may wait
  /// for ever and threads are bounded; a signal to the process comes to
  /// [DeferredReply#onInterrupt], and the answer is then EINTR.
  default int setlk(
      FuseRequest request,
      long node,
      long handle,
      long owner,
      long first,
      long last,
      int type,
      int pid,
      boolean flock,
      boolean wait) {
    return ENOSYS;
  }

  /// access(2) without default_permissions.
  default int access(FuseRequest request, long node, int mask) {
    return ENOSYS;
  }

  /// fallocate(2): `mode` of FALLOC flags ([org.skep.linux.FileRanges]).
  default int fallocate(
      FuseRequest request, long node, long handle, long offset, long length, int mode) {
    return ENOSYS;
  }

  /// SEEK_DATA (3) or SEEK_HOLE (4) only; ENXIO beyond the end.
  default int lseek(
      FuseRequest request, long node, long handle, long offset, int whence, CountReply reply) {
    return ENOSYS;
  }

  /// Copies inside the file system; answers the bytes copied, 0 at the end of the source. At most
  /// `Integer.MAX_VALUE` rounded down to a page are asked for.
  default int copyFileRange(
      FuseRequest request,
      long node,
      long handle,
      long offset,
      long targetNode,
      long targetHandle,
      long targetOffset,
      long length,
      CountReply reply) {
    return ENOSYS;
  }

  /// syncfs(2) of the mount. May be deferred.
  default int syncfs(FuseRequest request, long node) {
    return ENOSYS;
  }

  /// No data travels: answers an errno, ENOTTY for what is unknown.
  default int ioctl(FuseRequest request, long node, long handle, int command, int flags) {
    return Errno.ENOTTY.number();
  }
}
