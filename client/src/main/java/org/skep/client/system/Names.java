package org.skep.client.system;

import com.google.protobuf.ByteString;
import org.skep.client.ErrnoException;
import org.skep.client.call.Calls;
import org.skep.client.data.OpenInodes;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.wire.Limits;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Empty;
import org.skep.wire.message.Entry;
import org.skep.wire.message.LinkRequest;
import org.skep.wire.message.LookupRequest;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.MakeNodeRequest;
import org.skep.wire.message.RemoveDirectoryRequest;
import org.skep.wire.message.RenameRequest;
import org.skep.wire.message.UnlinkRequest;

/// Names in directories: find, make, remove, move. Any thread may call it.
final class Names {
  // A name that leads to another vanished inode each time it is looked up is being changed without
  // end; so many times in a row is no accident any more.
  private static final int RACES_MAX = 100;

  private final Calls calls;
  private final OpenInodes open;
  private final Inodes inodes;

  Names(Calls calls, OpenInodes open, Inodes inodes) {
    this.calls = calls;
    this.open = open;
    this.inodes = inodes;
  }

  Attributes lookup(long parent, ByteString name) throws ErrnoException {
    check(name);
    LookupRequest request = LookupRequest.newBuilder().setParent(parent).setName(name).build();
    for (int race = 0; race < RACES_MAX; race++) {
      long asked = open.moment();
      Entry entry = calls.read(parent, Operations.LOOKUP, request);
      Attributes found =
          entry.hasAttributes()
              ? open.merge(entry.getAttributes(), asked)
              : inodes.find(entry.getInode());
      if (found != null) {
        return found;
      }
    }
    throw new ErrnoException(
        Errno.EIO.number(), "the name in " + Ids.text(parent) + " leads to an inode that is gone");
  }

  /// @throws ErrnoException ENAMETOOLONG; what else is wrong with a name the shard says
  static void check(ByteString name) throws ErrnoException {
    if (name.size() > Limits.NAME_BYTES_MAX) {
      throw new ErrnoException(Errno.ENAMETOOLONG.number(), "a name of " + name.size() + " bytes");
    }
  }

  Attributes makeNode(MakeNodeRequest request) throws ErrnoException {
    check(request.getName());
    long asked = open.moment();
    return made(
        calls.change(request.getParent(), Operations.MAKE_NODE, request, Entry::getInode), asked);
  }

  Attributes makeDirectory(MakeDirectoryRequest request) throws ErrnoException {
    check(request.getName());
    long asked = open.moment();
    return made(
        calls.change(request.getParent(), Operations.MAKE_DIRECTORY, request, Entry::getInode),
        asked);
  }

  Attributes link(long inode, long newParent, ByteString newName) throws ErrnoException {
    check(newName);
    LinkRequest request =
        LinkRequest.newBuilder()
            .setInode(inode)
            .setNewParent(newParent)
            .setNewName(newName)
            .build();
    long asked = open.moment();
    return made(calls.change(newParent, Operations.LINK, request, reply -> inode), asked);
  }

  private Attributes made(Entry entry, long asked) throws ErrnoException {
    return entry.hasAttributes()
        ? open.merge(entry.getAttributes(), asked)
        : inodes.attributes(entry.getInode());
  }

  void unlink(long parent, ByteString name) throws ErrnoException {
    check(name);
    Empty _ =
        calls.change(
            parent,
            Operations.UNLINK,
            UnlinkRequest.newBuilder().setParent(parent).setName(name).build());
  }

  void removeDirectory(long parent, ByteString name) throws ErrnoException {
    check(name);
    Empty _ =
        calls.change(
            parent,
            Operations.REMOVE_DIRECTORY,
            RemoveDirectoryRequest.newBuilder().setParent(parent).setName(name).build());
  }

  void rename(RenameRequest request) throws ErrnoException {
    check(request.getOldName());
    check(request.getNewName());
    Empty _ =
        calls.change(
            request.getNewParent(), Operations.RENAME, request, reply -> request.getOldParent());
  }
}
