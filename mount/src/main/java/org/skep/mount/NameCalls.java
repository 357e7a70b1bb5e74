package org.skep.mount;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.fuse.EntryReply;
import org.skep.fuse.FuseFlags;
import org.skep.fuse.FuseRequest;
import org.skep.linux.Errno;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.MakeNodeRequest;
import org.skep.wire.message.RenameRequest;

/// Names in directories. Any thread.
final class NameCalls {
  private static final int ENOENT = Errno.ENOENT.number();
  private static final int EINVAL = Errno.EINVAL.number();
  private static final int SYMLINK_MODE = 0777;

  private final FileSystem files;
  private final Nodes nodes;
  private final Callers callers;
  private final OpenDirectories openDirectories;

  NameCalls(FileSystem files, Nodes nodes, Callers callers, OpenDirectories openDirectories) {
    this.files = files;
    this.nodes = nodes;
    this.callers = callers;
    this.openDirectories = openDirectories;
  }

  void lookup(long parent, byte[] name, EntryReply reply) throws ErrnoException {
    try {
      nodes.fill(reply, files.lookup(nodes.inode(parent), Nodes.name(name)));
    } catch (ErrnoException e) {
      if (e.errno() != ENOENT || !nodes.remembersMissing()) {
        throw e;
      }
      nodes.fillMissing(reply);
    }
  }

  void symlink(FuseRequest request, long parent, byte[] name, byte[] target, EntryReply reply)
      throws ErrnoException {
    MakeNodeRequest make =
        MakeNodeRequest.newBuilder()
            .setParent(nodes.inode(parent))
            .setName(Nodes.name(name))
            .setMode(FuseFlags.S_IFLNK | SYMLINK_MODE)
            .setSymlinkTarget(Nodes.name(target))
            .setCaller(callers.of(request))
            .build();
    nodes.fill(reply, files.makeNode(make));
  }

  void makeNode(
      FuseRequest request,
      long parent,
      byte[] name,
      int mode,
      int device,
      int umask,
      EntryReply reply)
      throws ErrnoException {
    MakeNodeRequest make =
        MakeNodeRequest.newBuilder()
            .setParent(nodes.inode(parent))
            .setName(Nodes.name(name))
            .setMode(mode)
            .setUmask(umask)
            .setRdev(device)
            .setCaller(callers.of(request, mode))
            .build();
    nodes.fill(reply, files.makeNode(make));
  }

  void makeDirectory(
      FuseRequest request, long parent, byte[] name, int mode, int umask, EntryReply reply)
      throws ErrnoException {
    MakeDirectoryRequest make =
        MakeDirectoryRequest.newBuilder()
            .setParent(nodes.inode(parent))
            .setName(Nodes.name(name))
            .setMode(mode)
            .setUmask(umask)
            .setCaller(callers.of(request, mode))
            .build();
    nodes.fill(reply, files.makeDirectory(make));
  }

  void rename(long parent, byte[] name, long newParent, byte[] newName, int flags)
      throws ErrnoException {
    if ((flags & ~MountOperations.RENAME_FLAGS) != 0) {
      throw new ErrnoException(EINVAL, "rename flags " + flags);
    }
    RenameRequest request =
        RenameRequest.newBuilder()
            .setOldParent(nodes.inode(parent))
            .setOldName(Nodes.name(name))
            .setNewParent(nodes.inode(newParent))
            .setNewName(Nodes.name(newName))
            .setFlags(flags)
            .build();
    Attributes replaced =
        flags == 0 ? openDirectory(request.getNewParent(), request.getNewName()) : null;
    files.rename(request);
    if (replaced != null) {
      openDirectories.removed(replaced);
    }
  }

  void removeDirectory(long parent, byte[] name) throws ErrnoException {
    long inode = nodes.inode(parent);
    Attributes removed = openDirectory(inode, Nodes.name(name));
    files.removeDirectory(inode, Nodes.name(name));
    if (removed != null) {
      openDirectories.removed(removed);
    }
  }

  /// The directory of that name, if there is one; not asked for where no directory is open at all.
  private @Nullable Attributes openDirectory(long parent, ByteString name) throws ErrnoException {
    if (!openDirectories.any()) {
      return null;
    }
    try {
      Attributes found = files.lookup(parent, name);
      boolean directory = (found.getMode() & FuseFlags.S_IFMT) == FuseFlags.S_IFDIR;
      return directory ? found : null;
    } catch (ErrnoException e) {
      if (e.errno() == ENOENT) {
        return null;
      }
      throw e;
    }
  }

  void link(long node, long newParent, byte[] newName, EntryReply reply) throws ErrnoException {
    nodes.fill(reply, files.link(nodes.inode(node), nodes.inode(newParent), Nodes.name(newName)));
  }
}
