package org.skep.metadata.operation;

import org.skep.linux.OpenFlags;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeAttributes;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Openings;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.CreateUnnamedRequest;
import org.skep.wire.message.Entry;

/// O_TMPFILE: a file without a name, opened. Without O_EXCL it may get a name later.
final class CreateUnnamed implements ShardOperation<CreateUnnamedRequest, Entry> {
  private final Shard shard;
  private final NewFile files;

  CreateUnnamed(Shard shard, NewFile files) {
    this.shard = shard;
    this.files = files;
  }

  @Override
  public Entry run(CreateUnnamedRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getParent());
    try (InodeLocks.Held _ = shard.lock(request.getParent(), false)) {
      InodeRecord directory = Checks.directory(shard, request.getParent());
      int mode = FileType.REGULAR | (request.getMode() & FileType.PERMISSIONS);
      Inheritance inheritance =
          Inheritance.of(
              shard, request.getParent(), directory, mode, request.getUmask(), request.getCaller());
      InodeRecord record =
          files
              .of(inheritance, shard.now())
              .setLayout(files.layout(directory))
              .setLinks(0)
              .setLinkable((request.getOpenFlags() & OpenFlags.O_EXCL) == 0)
              .build();
      Draft draft = shard.draft();
      long inode = files.put(draft, record, inheritance);
      draft.batch().put(Table.ORPHANS, Keys.of(inode), new byte[0]);
      Openings.add(draft, inode, call.client(), Writing.opensForWriting(request.getOpenFlags()));
      Entry reply =
          Entry.newBuilder()
              .setInode(inode)
              .setType(FileType.ofEntry(mode))
              .setAttributes(InodeAttributes.of(inode, draft.existing(inode)))
              .build();
      shard.apply(draft, call, reply, false);
      return reply;
    }
  }
}
