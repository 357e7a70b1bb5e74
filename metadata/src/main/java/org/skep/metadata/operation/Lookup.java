package org.skep.metadata.operation;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.InodeAttributes;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.NamedInode;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Entry;
import org.skep.wire.message.LookupRequest;

/// Finds an entry, and the attributes of its inode if that is here.
final class Lookup implements ShardOperation<LookupRequest, Entry> {
  private final Shard shard;

  Lookup(Shard shard) {
    this.shard = shard;
  }

  @Override
  public Entry run(LookupRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getParent());
    Checks.name(request.getName());
    NamedInode found = find(request.getParent(), request.getName());
    Entry.Builder entry = Entry.newBuilder().setInode(found.inode()).setType(found.type());
    if (shard.owns(found.inode())) {
      InodeRecord record = read(found.inode());
      if (record == null) {
        // Unlinked since the entry was read.
        throw notThere(request.getName());
      }
      entry.setAttributes(InodeAttributes.of(found.inode(), record));
    }
    return entry.build();
  }

  /// A refusal tells of the directory only: also when the inode was found gone, as it goes with its
  /// entry, or later.
  @Override
  public long[] seen(LookupRequest request, @Nullable Entry reply) {
    return reply == null
        ? new long[] {request.getParent()}
        : new long[] {request.getParent(), reply.getInode()};
  }

  private NamedInode find(long parent, ByteString name)
      throws RefusedException, DiskException, InterruptedException {
    try (InodeLocks.Held _ = shard.lock(parent, false)) {
      NamedInode found = shard.records().entry(parent, name);
      if (found == null) {
        Checks.directory(shard, parent);
        throw notThere(name);
      }
      return found;
    }
  }

  private @Nullable InodeRecord read(long inode)
      throws RefusedException, DiskException, InterruptedException {
    try (InodeLocks.Held _ = shard.lock(inode, false)) {
      return shard.records().inode(inode);
    }
  }

  private static RefusedException notThere(ByteString name) {
    return new RefusedException(Errno.ENOENT, "no entry \"" + name.toStringUtf8() + "\"");
  }
}
