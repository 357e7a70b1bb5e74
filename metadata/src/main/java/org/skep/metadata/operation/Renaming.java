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
import org.skep.wire.message.RenameRequest;

/// One rename. *Moved* is what the old name stands for, *victim* what the new name stands for, if
/// anything. With EXCHANGE the victim takes the old name, else it loses its own.
final class Renaming implements TreeChange<Empty> {
  static final int NOREPLACE = 1;
  static final int EXCHANGE = 2;

  private final Shard shard;
  private final long oldParent;
  private final ByteString oldName;
  private final long newParent;
  private final ByteString newName;
  private final boolean exclusive;
  private final boolean exchange;
  private @Nullable NamedInode moved;
  private @Nullable NamedInode victim;

  /// @throws RefusedException EINVAL for flags that don't go together or are not known
  Renaming(Shard shard, RenameRequest request) throws RefusedException {
    this.shard = shard;
    oldParent = request.getOldParent();
    oldName = request.getOldName();
    newParent = request.getNewParent();
    newName = request.getNewName();
    int flags = request.getFlags();
    if ((flags & ~(NOREPLACE | EXCHANGE)) != 0 || flags == (NOREPLACE | EXCHANGE)) {
      throw new RefusedException(Errno.EINVAL, "rename flags " + flags);
    }
    exclusive = flags == NOREPLACE;
    exchange = flags == EXCHANGE;
  }

  @Override
  public Scouting scout(Reads reads) throws RefusedException, DiskException, InterruptedException {
    moved = reads.entry(oldParent, oldName);
    victim = reads.entry(newParent, newName);
    boolean directoryMoves =
        oldParent != newParent && (isDirectory(moved) || (exchange && isDirectory(victim)));
    return Scouting.of(
        directoryMoves,
        List.of(oldParent, newParent, inode(moved), inode(victim)),
        List.of(Seen.key(oldParent, oldName), Seen.key(newParent, newName)));
  }

  private static long inode(@Nullable NamedInode entry) {
    return entry == null ? 0 : entry.inode();
  }

  private static boolean isDirectory(@Nullable NamedInode entry) {
    return entry != null && entry.type() == FileType.ENTRY_DIRECTORY;
  }

  /// A directory must not come to lie in itself.
  @Override
  public void checkTree(Reads reads) throws RefusedException, DiskException, InterruptedException {
    if (moved != null && isDirectory(moved) && reads.isAncestor(moved.inode(), newParent)) {
      throw new RefusedException(Errno.EINVAL, "rename of a directory into itself");
    }
    if (victim == null || !isDirectory(victim)) {
      return;
    }
    if (reads.isAncestor(victim.inode(), oldParent)) {
      throw new RefusedException(
          exchange ? Errno.EINVAL : Errno.ENOTEMPTY, "rename over a directory above");
    }
  }

  @Override
  public @Nullable Plan<Empty> decide(Seen seen) throws RefusedException {
    seen.directory(oldParent);
    seen.directory(newParent);
    EntryState old = seen.entry(oldParent, oldName);
    EntryState present = seen.entry(newParent, newName);
    if (!old.getExists()) {
      throw new RefusedException(Errno.ENOENT, oldName.toStringUtf8());
    }
    if (!isStill(moved, old) || !isStill(victim, present)) {
      return null;
    }
    if (present.getExists() && exclusive) {
      throw new RefusedException(Errno.EEXIST, newName.toStringUtf8());
    }
    if (!present.getExists() && exchange) {
      throw new RefusedException(Errno.ENOENT, newName.toStringUtf8());
    }
    Plan<Empty> plan =
        new Plan<>(shard.now(), (draft, inode, attributes) -> Empty.getDefaultInstance());
    if (present.getExists() && old.getInode() == present.getInode()) {
      // Two names of one file: rename(2) leaves both.
      return plan;
    }
    if (exchange) {
      exchange(plan, old, present);
    } else {
      if (present.getExists()) {
        checkReplaceable(seen, old, present);
      }
      move(plan, old, present);
    }
    return plan;
  }

  private static boolean isStill(@Nullable NamedInode scouted, EntryState state) {
    return scouted == null
        ? !state.getExists()
        : state.getExists()
            && scouted.inode() == state.getInode()
            && scouted.type() == state.getType();
  }

  private static boolean isDirectory(EntryState entry) {
    return entry.getExists() && entry.getType() == FileType.ENTRY_DIRECTORY;
  }

  private void checkReplaceable(Seen seen, EntryState old, EntryState present)
      throws RefusedException {
    if (isDirectory(old) && !isDirectory(present)) {
      throw new RefusedException(Errno.ENOTDIR, newName.toStringUtf8());
    }
    if (!isDirectory(old) && isDirectory(present)) {
      throw new RefusedException(Errno.EISDIR, newName.toStringUtf8());
    }
    if (isDirectory(present) && seen.inode(present.getInode()).getEntries() > 0) {
      throw new RefusedException(Errno.ENOTEMPTY, newName.toStringUtf8());
    }
  }

  private void move(Plan<Empty> plan, EntryState old, EntryState present) {
    plan.putEntry(newParent, newName, old.getInode(), old.getType())
        .removeEntry(oldParent, oldName);
    int gone = isDirectory(present) ? 1 : 0;
    if (isDirectory(old)) {
      plan.setParent(old.getInode(), newParent);
      if (oldParent == newParent) {
        plan.subdirectories(newParent, -gone);
      } else {
        plan.subdirectories(oldParent, -1).subdirectories(newParent, 1 - gone);
      }
    } else {
      plan.links(old.getInode(), 0);
    }
    if (gone == 1) {
      plan.removeDirectory(present.getInode());
    } else if (present.getExists()) {
      plan.links(present.getInode(), -1);
    }
  }

  private void exchange(Plan<Empty> plan, EntryState old, EntryState present) {
    plan.putEntry(newParent, newName, old.getInode(), old.getType())
        .putEntry(oldParent, oldName, present.getInode(), present.getType());
    settle(plan, old, newParent);
    settle(plan, present, oldParent);
    int more = (isDirectory(old) ? 1 : 0) - (isDirectory(present) ? 1 : 0);
    if (oldParent != newParent) {
      plan.subdirectories(newParent, more).subdirectories(oldParent, -more);
    }
  }

  private static void settle(Plan<Empty> plan, EntryState entry, long parent) {
    if (isDirectory(entry)) {
      plan.setParent(entry.getInode(), parent);
    } else {
      plan.links(entry.getInode(), 0);
    }
  }
}
