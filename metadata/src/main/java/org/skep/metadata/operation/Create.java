package org.skep.metadata.operation;

import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeAttributes;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.NamedInode;
import org.skep.metadata.state.Openings;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.CreateReply;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.Entry;
import org.skep.wire.message.LayoutMessage;

/// open(2) with O_CREAT: makes the file if there is none of that name, and opens it. What exists is
/// opened if it is a regular file of this shard; else its entry is the answer, without attributes,
/// and the client goes on from there.
final class Create implements ShardOperation<CreateRequest, CreateReply> {
  private static final int TRIES = 10;

  private final Shard shard;
  private final NewFile files;
  private final FileOpening opening;

  Create(Shard shard, NewFile files, FileOpening opening) {
    this.shard = shard;
    this.files = files;
    this.opening = opening;
  }

  @Override
  public CreateReply run(CreateRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getParent());
    Checks.name(request.getName());
    for (int i = 0; i < TRIES; i++) {
      NamedInode present = shard.records().entry(request.getParent(), request.getName());
      CreateReply reply = present == null ? make(request, call) : use(request, present, call);
      if (reply != null) {
        return reply;
      }
    }
    throw new RefusedException(Failure.retry("entry comes and goes"));
  }

  /// @return null if it is there now
  private @Nullable CreateReply make(CreateRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    long parent = request.getParent();
    try (InodeLocks.Held _ = shard.lock(parent, true)) {
      InodeRecord directory = Checks.directory(shard, parent);
      if (shard.records().entry(parent, request.getName()) != null) {
        return null;
      }
      int mode = FileType.REGULAR | (request.getMode() & FileType.PERMISSIONS);
      Inheritance inheritance =
          Inheritance.of(shard, parent, directory, mode, request.getUmask(), request.getCaller());
      InodeRecord record =
          files.of(inheritance, shard.now()).setLayout(layout(request, directory)).build();
      Draft draft = shard.draft();
      long inode = files.putNamed(draft, parent, request.getName(), record, inheritance);
      Openings.add(draft, inode, call.client(), Writing.opensForWriting(request.getOpenFlags()));
      CreateReply reply =
          CreateReply.newBuilder()
              .setCreated(true)
              .setEntry(
                  Entry.newBuilder()
                      .setInode(inode)
                      .setType(FileType.ofEntry(mode))
                      .setAttributes(InodeAttributes.of(inode, draft.existing(inode))))
              .build();
      shard.apply(draft, call, reply, false);
      return reply;
    }
  }

  private LayoutMessage layout(CreateRequest request, InodeRecord directory)
      throws RefusedException {
    if (!request.hasLayout()) {
      return files.layout(directory);
    }
    try {
      return MapCodec.message(MapCodec.of(request.getLayout()));
    } catch (MalformedFrameException e) {
      throw new RefusedException(Errno.EINVAL, String.valueOf(e.getMessage()));
    }
  }

  /// @return null if it was unlinked meanwhile
  private @Nullable CreateReply use(CreateRequest request, NamedInode present, Call call)
      throws RefusedException, DiskException, InterruptedException {
    if (request.getExclusive()) {
      throw new RefusedException(Errno.EEXIST, request.getName().toStringUtf8());
    }
    Entry.Builder entry = Entry.newBuilder().setInode(present.inode()).setType(present.type());
    if (!shard.owns(present.inode()) || present.type() != FileType.ofEntry(FileType.REGULAR)) {
      return CreateReply.newBuilder().setEntry(entry).build();
    }
    try {
      return opening.open(
          present.inode(),
          request.getOpenFlags(),
          request.getCaller(),
          call,
          opened -> CreateReply.newBuilder().setEntry(entry.setAttributes(opened)).build());
    } catch (RefusedException e) {
      if (e.failure().errno() == Errno.ESTALE.number()) {
        return null;
      }
      throw e;
    }
  }
}
