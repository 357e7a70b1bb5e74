package org.skep.mount;

import java.lang.foreign.MemorySegment;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.fuse.AttributesReply;
import org.skep.fuse.BytesReply;
import org.skep.fuse.CountReply;
import org.skep.fuse.DirectoryReply;
import org.skep.fuse.EntryReply;
import org.skep.fuse.FuseFlags;
import org.skep.fuse.FuseOperations;
import org.skep.fuse.FuseRequest;
import org.skep.fuse.LockReply;
import org.skep.fuse.OpenReply;
import org.skep.fuse.ReadReply;
import org.skep.fuse.SetAttributes;
import org.skep.fuse.StatfsReply;
import org.skep.fuse.StatxReply;
import org.skep.wire.message.LockMessage;

/// The table of the kernel's operations: each row hands on to the class of its subject and turns
/// its [ErrnoException] into the errno.
final class MountOperations implements FuseOperations {
  private final Nodes nodes;
  private final NameCalls names;
  private final AttributeCalls attributes;
  private final FileCalls open;
  private final DirectoryCalls directories;
  private final LockCalls locks;
  private final FileSystem files;

  MountOperations(
      FileSystem files,
      Nodes nodes,
      NameCalls names,
      AttributeCalls attributes,
      FileCalls open,
      DirectoryCalls directories,
      LockCalls locks) {
    this.files = files;
    this.nodes = nodes;
    this.names = names;
    this.attributes = attributes;
    this.open = open;
    this.directories = directories;
    this.locks = locks;
  }

  private interface Call {
    void run() throws ErrnoException;
  }

  /// Runs the call. A signal to the calling process ends a wait for a server that is away (then it
  /// is EINTR), and nothing else: what is on its way is waited for.
  private static int errnoOf(FuseRequest request, Call call) {
    Thread thread = Thread.currentThread();
    // One that came between the end of the last call and its answer was not meant for this one.
    boolean _ = Thread.interrupted();
    request.onInterrupt(thread::interrupt);
    try {
      call.run();
      return 0;
    } catch (ErrnoException e) {
      request.ifUnheard(e::undelivered);
      return e.errno();
    } finally {
      boolean _ = Thread.interrupted();
    }
  }

  /// As [#errnoOf], for a call that does no harm when it goes on after its process was told EINTR:
  /// so a signal lets the process go also while a server has the request and does not answer.
  private static int lettingGo(FuseRequest request, Call call) {
    request.letGo();
    return errnoOf(request, call);
  }

  @Override
  public int lookup(FuseRequest request, long parent, byte[] name, EntryReply reply) {
    return lettingGo(request, () -> names.lookup(parent, name, reply));
  }

  @Override
  public int getattr(FuseRequest request, long node, long handle, AttributesReply reply) {
    return lettingGo(request, () -> attributes.get(node, reply));
  }

  @Override
  public int setattr(FuseRequest request, long node, SetAttributes changes, AttributesReply reply) {
    Call call = () -> attributes.set(request, node, changes, reply);
    // Writes wait for the end of a truncate; nothing waits for that of another change.
    return changes.setsSize() ? lettingGo(request, call) : errnoOf(request, call);
  }

  @Override
  public int statx(
      FuseRequest request, long node, long handle, int flags, int mask, StatxReply reply) {
    return lettingGo(request, () -> attributes.get(node, reply));
  }

  @Override
  public int readlink(FuseRequest request, long node, BytesReply reply) {
    return lettingGo(request, () -> reply.append(files.readLink(nodes.inode(node)).toByteArray()));
  }

  @Override
  public int symlink(
      FuseRequest request, long parent, byte[] name, byte[] target, EntryReply reply) {
    return errnoOf(request, () -> names.symlink(request, parent, name, target, reply));
  }

  @Override
  public int mknod(
      FuseRequest request,
      long parent,
      byte[] name,
      int mode,
      int device,
      int umask,
      EntryReply reply) {
    return errnoOf(
        request, () -> names.makeNode(request, parent, name, mode, device, umask, reply));
  }

  @Override
  public int mkdir(
      FuseRequest request, long parent, byte[] name, int mode, int umask, EntryReply reply) {
    return errnoOf(request, () -> names.makeDirectory(request, parent, name, mode, umask, reply));
  }

  @Override
  public int unlink(FuseRequest request, long parent, byte[] name) {
    return errnoOf(request, () -> files.unlink(nodes.inode(parent), Nodes.name(name)));
  }

  @Override
  public int rmdir(FuseRequest request, long parent, byte[] name) {
    return errnoOf(request, () -> names.removeDirectory(parent, name));
  }

  @Override
  public int rename(
      FuseRequest request, long parent, byte[] name, long newParent, byte[] newName, int flags) {
    return errnoOf(request, () -> names.rename(parent, name, newParent, newName, flags));
  }

  @Override
  public int link(
      FuseRequest request, long node, long newParent, byte[] newName, EntryReply reply) {
    return errnoOf(request, () -> names.link(node, newParent, newName, reply));
  }

  @Override
  public int open(FuseRequest request, long node, int flags, int openFlags, OpenReply reply) {
    return errnoOf(request, () -> open.open(request, node, flags, openFlags, reply));
  }

  @Override
  public int create(
      FuseRequest request,
      long parent,
      byte[] name,
      int flags,
      int mode,
      int umask,
      int openFlags,
      EntryReply entry,
      OpenReply reply) {
    return errnoOf(
        request, () -> open.create(request, parent, name, flags, mode, umask, entry, reply));
  }

  @Override
  public int tmpfile(
      FuseRequest request,
      long parent,
      int flags,
      int mode,
      int umask,
      EntryReply entry,
      OpenReply reply) {
    return errnoOf(
        request, () -> open.createUnnamed(request, parent, flags, mode, umask, entry, reply));
  }

  @Override
  public int read(
      FuseRequest request,
      long node,
      long handle,
      long offset,
      int size,
      int readFlags,
      long lockOwner,
      int openFlags,
      ReadReply reply) {
    return lettingGo(request, () -> open.read(handle, offset, size, reply));
  }

  @Override
  public int write(
      FuseRequest request,
      long node,
      long handle,
      long offset,
      MemorySegment data,
      int writeFlags,
      long lockOwner,
      int openFlags,
      CountReply reply) {
    return errnoOf(
        request,
        () -> open.write(request, node, handle, offset, data, writeFlags, openFlags, reply));
  }

  @Override
  public int statfs(FuseRequest request, long node, StatfsReply reply) {
    return lettingGo(request, () -> attributes.space(reply));
  }

  @Override
  public int flush(FuseRequest request, long node, long handle, long lockOwner) {
    return lettingGo(request, () -> open.flush(request, handle, lockOwner, locks));
  }

  @Override
  public int release(
      FuseRequest request, long node, long handle, int flags, int releaseFlags, long lockOwner) {
    return errnoOf(request, () -> open.release(handle, releaseFlags, lockOwner, locks));
  }

  @Override
  public int fsync(FuseRequest request, long node, long handle, boolean dataOnly) {
    return lettingGo(request, () -> open.sync(handle, dataOnly));
  }

  @Override
  public int setxattr(
      FuseRequest request, long node, byte[] name, byte[] value, int flags, int extraFlags) {
    return errnoOf(
        request, () -> attributes.setXattr(request, node, name, value, flags, extraFlags));
  }

  @Override
  public int getxattr(FuseRequest request, long node, byte[] name, BytesReply reply) {
    return lettingGo(
        request,
        () -> reply.append(files.getXattr(nodes.inode(node), Nodes.name(name)).toByteArray()));
  }

  @Override
  public int listxattr(FuseRequest request, long node, BytesReply reply) {
    return lettingGo(request, () -> attributes.listXattrs(request, node, reply));
  }

  @Override
  public int removexattr(FuseRequest request, long node, byte[] name) {
    return errnoOf(request, () -> files.removeXattr(nodes.inode(node), Nodes.name(name)));
  }

  @Override
  public int opendir(FuseRequest request, long node, int flags, OpenReply reply) {
    return errnoOf(request, () -> reply.handle(directories.open(node)));
  }

  @Override
  public int readdir(
      FuseRequest request, long node, long handle, long offset, DirectoryReply reply) {
    return lettingGo(request, () -> directories.read(handle, offset, false, reply));
  }

  @Override
  public int readdirplus(
      FuseRequest request, long node, long handle, long offset, DirectoryReply reply) {
    return lettingGo(request, () -> directories.read(handle, offset, true, reply));
  }

  @Override
  public int releasedir(FuseRequest request, long node, long handle, int flags) {
    return errnoOf(request, () -> directories.close(handle));
  }

  @Override
  public int fsyncdir(FuseRequest request, long node, long handle, boolean dataOnly) {
    return lettingGo(request, () -> directories.sync(handle));
  }

  @Override
  public int getlk(
      FuseRequest request,
      long node,
      long handle,
      long owner,
      long first,
      long last,
      int type,
      int pid,
      LockReply reply) {
    return lettingGo(
        request,
        () ->
            locks.get(
                nodes.inode(node),
                LockCalls.message(owner, first, last, type, pid, LockMessage.Family.FCNTL),
                reply));
  }

  @Override
  public int setlk(
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
    LockMessage.Family family = flock ? LockMessage.Family.FLOCK : LockMessage.Family.FCNTL;
    try {
      LockMessage lock = LockCalls.message(owner, first, last, type, pid, family);
      return locks.set(request, open.opening(handle), lock, wait);
    } catch (ErrnoException e) {
      return e.errno();
    }
  }

  @Override
  public int fallocate(
      FuseRequest request, long node, long handle, long offset, long length, int mode) {
    return lettingGo(request, () -> open.allocate(node, handle, mode, offset, length));
  }

  @Override
  public int lseek(
      FuseRequest request, long node, long handle, long offset, int whence, CountReply reply) {
    return lettingGo(request, () -> open.seek(handle, offset, whence, reply));
  }

  @Override
  public int copyFileRange(
      FuseRequest request,
      long node,
      long handle,
      long offset,
      long targetNode,
      long targetHandle,
      long targetOffset,
      long length,
      CountReply reply) {
    return errnoOf(
        request,
        () ->
            open.copyRange(handle, offset, targetNode, targetHandle, targetOffset, length, reply));
  }

  @Override
  public int syncfs(FuseRequest request, long node) {
    return lettingGo(request, files::syncAll);
  }

  /// Numbers of [FuseFlags] that a rename may carry.
  static final int RENAME_FLAGS = FuseFlags.RENAME_NOREPLACE | FuseFlags.RENAME_EXCHANGE;
}
