package org.skep.metadata.operation;

import com.google.protobuf.ByteString;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.NamedInode;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.transaction.Plan;
import org.skep.metadata.transaction.Reads;
import org.skep.metadata.transaction.Scouting;
import org.skep.metadata.transaction.Seen;
import org.skep.metadata.transaction.TreeChange;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Empty;
import org.skep.wire.message.EntryState;

/// Removes an entry: what unlink(2) and rmdir(2) do, each for its own types.
final class Removal implements TreeChange<Empty> {
  private final Shard shard;
  private final long parent;
  private final ByteString name;
  private final boolean directory;
  private long found;

  /// @param directory whether an empty directory is to be removed, or anything else
  Removal(Shard shard, long parent, ByteString name, boolean directory) {
    this.shard = shard;
    this.parent = parent;
    this.name = name;
    this.directory = directory;
  }

  @Override
  public Scouting scout(Reads reads) throws RefusedException, DiskException, InterruptedException {
    NamedInode entry = reads.entry(parent, name);
    found = entry == null ? 0 : entry.inode();
    return Scouting.of(false, List.of(parent, found), List.of(Seen.key(parent, name)));
  }

  @Override
  public @Nullable Plan<Empty> decide(Seen seen) throws RefusedException {
    seen.directory(parent);
    EntryState entry = seen.entry(parent, name);
    if (!entry.getExists()) {
      throw new RefusedException(Errno.ENOENT, name.toStringUtf8());
    }
    boolean isDirectory = entry.getType() == FileType.ENTRY_DIRECTORY;
    if (directory != isDirectory) {
      throw new RefusedException(directory ? Errno.ENOTDIR : Errno.EISDIR, name.toStringUtf8());
    }
    if (entry.getInode() != found) {
      return null;
    }
    Plan<Empty> plan =
        new Plan<>(shard.now(), (draft, inode, attributes) -> Empty.getDefaultInstance());
    plan.removeEntry(parent, name);
    if (!directory) {
      return plan.links(found, -1);
    }
    if (seen.inode(found).getEntries() > 0) {
      throw new RefusedException(Errno.ENOTEMPTY, name.toStringUtf8());
    }
    return plan.subdirectories(parent, -1).removeDirectory(found);
  }
}
