package org.skep.metadata.transaction;

import com.google.protobuf.ByteString;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.cluster.StripePattern;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.state.Tree;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.Change;
import org.skep.wire.message.EntryChange;
import org.skep.wire.message.NewDirectory;

/// Carries out the changes of a transaction at one shard, as steps of a draft.
final class ChangeSteps {
  static final ByteString ACCESS_ACL = ByteString.copyFromUtf8("system.posix_acl_access");
  static final ByteString DEFAULT_ACL = ByteString.copyFromUtf8("system.posix_acl_default");

  private ChangeSteps() {}

  /// The inode that must be locked for the change, or 0 if it makes a new one.
  static long touched(Change change) throws RefusedException {
    return switch (change.getKindCase()) {
      case NEW_DIRECTORY -> 0;
      case REMOVE_DIRECTORY -> change.getRemoveDirectory();
      case LINKS -> change.getLinks().getInode();
      case PUT_ENTRY -> change.getPutEntry().getParent();
      case REMOVE_ENTRY -> change.getRemoveEntry().getParent();
      case SET_PARENT -> change.getSetParent().getInode();
      case SUBDIRECTORIES -> change.getSubdirectories().getInode();
      case KIND_NOT_SET -> throw new RefusedException(Failure.malformed("change without kind"));
    };
  }

  /// Whether the changes of a peer can be carried out here, under the locks it has: what would else
  /// be a broken invariant. Each is checked against the shard as it is, so no two may concern the
  /// same thing.
  static void check(Shard shard, List<Change> changes) throws RefusedException, DiskException {
    Set<Object> things = new HashSet<>();
    Set<Long> removed = new HashSet<>();
    for (Change change : changes) {
      if (!things.add(thing(change))) {
        throw malformed("two changes", change);
      }
      if (change.hasNewDirectory()) {
        check(change.getNewDirectory());
      } else {
        checkExisting(shard, change);
      }
      if (change.hasRemoveDirectory()) {
        removed.add(change.getRemoveDirectory());
      }
    }
    for (Change change : changes) {
      if (!change.hasRemoveDirectory() && removed.contains(touched(change))) {
        throw malformed("removed as well", change);
      }
    }
  }

  private static RefusedException malformed(String what, Change change) throws RefusedException {
    return new RefusedException(
        Failure.malformed(what + ": " + change.getKindCase() + " of " + Ids.text(touched(change))));
  }

  /// What a change concerns: an entry, or an inode in one respect; there is one new directory.
  private static Object thing(Change change) throws RefusedException {
    return switch (change.getKindCase()) {
      case PUT_ENTRY -> Seen.key(change.getPutEntry().getParent(), change.getPutEntry().getName());
      case REMOVE_ENTRY ->
          Seen.key(change.getRemoveEntry().getParent(), change.getRemoveEntry().getName());
      case NEW_DIRECTORY, REMOVE_DIRECTORY, LINKS, SET_PARENT, SUBDIRECTORIES, KIND_NOT_SET ->
          List.of(change.getKindCase(), touched(change));
    };
  }

  private static void check(NewDirectory made) throws RefusedException {
    Checks.inode(made.getParent());
    Checks.time(made.getNow());
    try {
      StripePattern _ = MapCodec.of(made.getPattern());
    } catch (MalformedFrameException e) {
      throw new RefusedException(Failure.malformed("new directory: " + e.getMessage()));
    }
  }

  private static void checkExisting(Shard shard, Change change)
      throws RefusedException, DiskException {
    long inode = touched(change);
    Checks.owned(shard, inode);
    InodeRecord record = shard.records().inode(inode);
    if (record == null || !isPossible(shard, change, record)) {
      throw malformed("impossible change", change);
    }
  }

  private static boolean isPossible(Shard shard, Change change, InodeRecord record)
      throws RefusedException, DiskException {
    boolean directory = FileType.isDirectory(record.getMode());
    return switch (change.getKindCase()) {
      case NEW_DIRECTORY, KIND_NOT_SET -> false;
      case REMOVE_DIRECTORY -> directory && record.getEntries() == 0;
      case LINKS -> !directory && record.getLinks() + change.getLinks().getDelta() >= 0;
      case SET_PARENT -> directory;
      case SUBDIRECTORIES ->
          directory && record.getLinks() + change.getSubdirectories().getDelta() >= 2;
      case PUT_ENTRY -> {
        Checks.name(change.getPutEntry().getName());
        Checks.inode(change.getPutEntry().getInode());
        yield directory;
      }
      case REMOVE_ENTRY -> {
        EntryChange entry = change.getRemoveEntry();
        Checks.name(entry.getName());
        yield directory && shard.records().entry(entry.getParent(), entry.getName()) != null;
      }
    };
  }

  /// Carries out one change.
  ///
  /// @param newInode of the transaction's new directory, 0 if it makes none
  static void apply(Draft draft, Change change, long newInode) throws DiskException {
    Tree tree = new Tree(draft);
    switch (change.getKindCase()) {
      case NEW_DIRECTORY -> makeDirectory(draft, newInode, change.getNewDirectory());
      case REMOVE_DIRECTORY -> tree.removeDirectory(change.getRemoveDirectory());
      case LINKS ->
          tree.changeLinks(
              change.getLinks().getInode(),
              change.getLinks().getDelta(),
              change.getLinks().getCtime());
      case PUT_ENTRY -> {
        EntryChange entry = change.getPutEntry();
        long inode = entry.getInode() == 0 ? newInode : entry.getInode();
        tree.putEntry(entry.getParent(), entry.getName(), inode, entry.getType(), entry.getNow());
      }
      case REMOVE_ENTRY -> {
        EntryChange entry = change.getRemoveEntry();
        tree.removeEntry(entry.getParent(), entry.getName(), entry.getNow());
      }
      case SET_PARENT ->
          tree.setParent(
              change.getSetParent().getInode(),
              change.getSetParent().getParent(),
              change.getSetParent().getCtime());
      case SUBDIRECTORIES ->
          tree.changeSubdirectories(
              change.getSubdirectories().getInode(),
              change.getSubdirectories().getDelta(),
              change.getSubdirectories().getNow());
      case KIND_NOT_SET -> throw new IllegalStateException("change without kind");
    }
  }

  private static void makeDirectory(Draft draft, long inode, NewDirectory made)
      throws DiskException {
    draft.put(inode, record(made));
    if (!made.getAccessAcl().isEmpty()) {
      new Tree(draft).putXattr(inode, ACCESS_ACL, made.getAccessAcl());
    }
    if (!made.getDefaultAcl().isEmpty()) {
      new Tree(draft).putXattr(inode, DEFAULT_ACL, made.getDefaultAcl());
    }
  }

  /// The new directory's inode.
  static InodeRecord record(NewDirectory made) {
    return InodeRecord.newBuilder()
        .setMode(FileType.DIRECTORY | (made.getMode() & FileType.PERMISSIONS))
        .setUid(made.getUid())
        .setGid(made.getGid())
        .setLinks(2)
        .setParent(made.getParent())
        .setAtime(made.getNow())
        .setMtime(made.getNow())
        .setCtime(made.getNow())
        .setBtime(made.getNow())
        .setPattern(made.getPattern())
        .build();
  }

  /// The new directory among the changes, or null.
  static @Nullable NewDirectory newDirectory(List<Change> changes) {
    for (Change change : changes) {
      if (change.hasNewDirectory()) {
        return change.getNewDirectory();
      }
    }
    return null;
  }
}
