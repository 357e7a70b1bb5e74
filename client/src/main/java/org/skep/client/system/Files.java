package org.skep.client.system;

import org.skep.client.ErrnoException;
import org.skep.client.OpenFile;
import org.skep.client.call.Calls;
import org.skep.client.data.OpenInodes;
import org.skep.client.data.Opening;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.linux.OpenFlags;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Caller;
import org.skep.wire.message.CloseRequest;
import org.skep.wire.message.CreateReply;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.CreateUnnamedRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.Entry;
import org.skep.wire.message.OpenRequest;
import org.skep.wire.message.SetAttributesRequest;

/// Opens and makes regular files. Any thread may call it.
final class Files {
  // As in Names: a name that is replaced again and again between its lookup and its opening.
  private static final int RACES_MAX = 100;
  private static final int MAKING = OpenFlags.O_CREAT | OpenFlags.O_EXCL;

  private final Calls calls;
  private final OpenInodes inodes;

  Files(Calls calls, OpenInodes inodes) {
    this.calls = calls;
    this.inodes = inodes;
  }

  OpenFile open(long inode, int flags, Caller caller) throws ErrnoException {
    OpenRequest request =
        OpenRequest.newBuilder()
            .setInode(inode)
            .setFlags(flags & ~MAKING)
            .setCaller(caller)
            .build();
    long asked = inodes.moment();
    boolean truncates = (flags & OpenFlags.O_TRUNC) != 0;
    Attributes granted =
        truncates
            ? inodes.change(
                inode, 0, false, settled -> calls.change(inode, Operations.OPEN, request, settled))
            : calls.change(inode, Operations.OPEN, request);
    return opening(granted, asked, false, flags);
  }

  OpenFile create(CreateRequest request) throws ErrnoException {
    Names.check(request.getName());
    // A file that exists is truncated in a second step, which sees what this client holds of it.
    int flags = request.getOpenFlags();
    CreateRequest sent = request.toBuilder().setOpenFlags(flags & ~OpenFlags.O_TRUNC).build();
    for (int race = 0; race < RACES_MAX; race++) {
      long asked = inodes.moment();
      CreateReply reply =
          calls.change(
              request.getParent(), Operations.CREATE, sent, made -> made.getEntry().getInode());
      Entry entry = reply.getEntry();
      if (!entry.hasAttributes()) {
        try {
          return open(entry.getInode(), flags, request.getCaller());
        } catch (ErrnoException e) {
          if (e.errno() != Errno.ESTALE.number() && e.errno() != Errno.ENOENT.number()) {
            throw e;
          }
          continue;
        }
      }
      OpenFile opened = opening(entry.getAttributes(), asked, reply.getCreated(), flags);
      if (!reply.getCreated() && (flags & OpenFlags.O_TRUNC) != 0) {
        truncate(opened, request.getCaller());
      }
      return opened;
    }
    throw new ErrnoException(
        Errno.EIO.number(),
        "the name in " + Ids.text(request.getParent()) + " leads to an inode that is gone");
  }

  private void truncate(OpenFile opened, Caller caller) throws ErrnoException {
    SetAttributesRequest request =
        SetAttributesRequest.newBuilder()
            .setInode(opened.inode())
            .setSize(0)
            .setKillSuidgid(!caller.getPrivileged())
            .setCaller(caller)
            .build();
    try {
      Attributes _ =
          inodes.change(
              opened.inode(),
              0,
              false,
              settled -> calls.change(opened.inode(), Operations.SET_ATTRIBUTES, request, settled));
    } catch (ErrnoException e) {
      inodes.closeLater(opened);
      throw e;
    }
  }

  OpenFile createUnnamed(CreateUnnamedRequest request) throws ErrnoException {
    long asked = inodes.moment();
    Entry entry =
        calls.change(request.getParent(), Operations.CREATE_UNNAMED, request, Entry::getInode);
    return opening(entry.getAttributes(), asked, true, request.getOpenFlags());
  }

  private OpenFile opening(Attributes granted, long asked, boolean created, int flags)
      throws ErrnoException {
    try {
      return Opening.of(inodes, granted, asked, created, flags);
    } catch (ErrnoException e) {
      close(granted.getInode(), flags, e);
      throw e;
    }
  }

  /// Gives back an opening that can't be used.
  private void close(long inode, int flags, ErrnoException reason) {
    try {
      Empty _ =
          calls.change(
              inode,
              Operations.CLOSE,
              CloseRequest.newBuilder()
                  .setInode(inode)
                  .setOpenedForWriting((flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY)
                  .setNeverWritten(true)
                  .build());
    } catch (ErrnoException e) {
      reason.addSuppressed(e);
    }
  }
}
