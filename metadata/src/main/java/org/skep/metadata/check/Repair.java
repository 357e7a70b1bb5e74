package org.skep.metadata.check;

import com.google.protobuf.ByteString;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.metadata.chunk.Truncations;
import org.skep.metadata.lock.HeldLocks;
import org.skep.metadata.lock.LockChange;
import org.skep.metadata.lock.LockTable;
import org.skep.metadata.operation.ShardOperation;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.record.OpeningRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.InodeVersion;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.NamedInode;
import org.skep.metadata.state.Records;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.state.Tree;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.ExaminedInode;
import org.skep.wire.message.RecordDamage;
import org.skep.wire.message.RepairReply;
import org.skep.wire.message.RepairRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// REPAIR: puts one damage right, after it was looked at again with the inode locked, so that a
/// request that is wrong, or late, does nothing. All repairs are synced.
final class Repair implements ShardOperation<RepairRequest, RepairReply> {
  private static final Logger LOG = LoggerFactory.getLogger(Repair.class);

  private final Shard shard;
  private final DirectoryCheck directories;
  private final Inspector inspector;
  private final HeldLocks locks;
  private final Truncations truncations;

  Repair(
      Shard shard,
      DirectoryCheck directories,
      Inspector inspector,
      HeldLocks locks,
      Truncations truncations) {
    this.shard = shard;
    this.directories = directories;
    this.inspector = inspector;
    this.locks = locks;
    this.truncations = truncations;
  }

  @Override
  public RepairReply run(RepairRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    RecordDamage damage = request.getDamage();
    Checks.owned(shard, damage.getInode());
    ExaminedInode target = needsTarget(damage) ? target(damage) : null;
    try (InodeLocks.Held held = shard.lock(damage.getInode(), true)) {
      InodeRecord record = shard.records().inode(damage.getInode());
      boolean done =
          damage.getKind() == RecordDamage.Kind.CHUNKS_TOO_LONG
              ? cut(damage, record, held)
              : repair(damage, record, target);
      if (done) {
        LOG.warn(
            "repaired shard={} damage={} inode={} name={}",
            shard.id(),
            damage.getKind(),
            Ids.text(damage.getInode()),
            damage.getName().toStringUtf8());
      }
      return RepairReply.newBuilder()
          .setRepaired(done)
          .setText(done ? "" : "it is not as it was examined")
          .build();
    }
  }

  private static boolean needsTarget(RecordDamage damage) {
    return switch (damage.getKind()) {
      case ENTRY_WITHOUT_INODE, WRONG_ENTRY_TYPE, SURPLUS_NAME -> true;
      default -> false;
    };
  }

  /// Examined before the directory is locked: ids are never used again, and types never change.
  private ExaminedInode target(RecordDamage damage)
      throws RefusedException, DiskException, InterruptedException {
    Checks.inode(damage.getOther());
    Checks.name(damage.getName());
    return inspector.examine(damage.getOther());
  }

  private boolean repair(
      RecordDamage damage, @Nullable InodeRecord record, @Nullable ExaminedInode target)
      throws RefusedException, DiskException {
    if (record != null && FileType.isDirectory(record.getMode())) {
      return ofDirectory(damage, record, target);
    }
    if (record != null) {
      return ofInode(damage, record);
    }
    long inode = damage.getInode();
    return switch (damage.getKind()) {
      case ENTRY_IN_NO_DIRECTORY, LISTING_IN_NO_DIRECTORY -> removeStray(damage);
      case XATTR_WITHOUT_INODE -> removeAll(Table.XATTRS, inode);
      case OPENING_WITHOUT_INODE -> removeAll(Table.OPENINGS, inode);
      case LOCK_WITHOUT_INODE -> removeLocks(inode);
      case ORPHAN_WITHOUT_INODE -> remove(Table.ORPHANS, Keys.of(inode));
      default -> false;
    };
  }

  private boolean ofDirectory(
      RecordDamage damage, InodeRecord record, @Nullable ExaminedInode target)
      throws RefusedException, DiskException {
    return switch (damage.getKind()) {
      case ENTRY_NOT_LISTED,
          LISTING_WITHOUT_ENTRY,
          WRONG_ENTRY_COUNT,
          WRONG_DIRECTORY_LINKS,
          COOKIE_BEHIND_LAST ->
          directories.repair(damage.getInode(), record);
      case ENTRY_WITHOUT_INODE -> !exists(target) && removeEntry(damage, record);
      case SURPLUS_NAME -> isElsewhere(damage, target) && removeEntry(damage, record);
      case WRONG_ENTRY_TYPE -> setType(damage, record, target);
      case WRONG_PARENT -> isExamined(damage, record) && setParent(damage, record);
      default -> ofInode(damage, record);
    };
  }

  private boolean ofInode(RecordDamage damage, InodeRecord record)
      throws RefusedException, DiskException {
    long inode = damage.getInode();
    return switch (damage.getKind()) {
      case ENTRY_IN_NO_DIRECTORY, LISTING_IN_NO_DIRECTORY ->
          !FileType.isDirectory(record.getMode()) && removeStray(damage);
      case ORPHAN_WITH_NAME -> record.getLinks() > 0 && remove(Table.ORPHANS, Keys.of(inode));
      case GARBAGE_OF_LIVING_INODE -> remove(Table.GARBAGE, Keys.of(inode));
      case UNNAMED_NOT_OPEN -> isUnnamed(record) && removeUnnamed(inode);
      case UNNAMED_NOT_MARKED -> isUnnamed(record) && mark(inode);
      case WRONG_LINKS -> isExamined(damage, record) && setLinks(damage, record);
      default -> false;
    };
  }

  private boolean removeStray(RecordDamage damage) throws RefusedException, DiskException {
    return damage.getKind() == RecordDamage.Kind.ENTRY_IN_NO_DIRECTORY
        ? remove(Table.ENTRIES, entryKey(damage))
        : remove(Table.COOKIES, Keys.of(damage.getInode(), damage.getNumber()));
  }

  private static boolean isUnnamed(InodeRecord record) {
    return record.getLinks() == 0 && !FileType.isDirectory(record.getMode());
  }

  private static boolean exists(@Nullable ExaminedInode target) {
    return target == null || target.getExists();
  }

  private static boolean isExamined(RecordDamage damage, InodeRecord record) {
    return InodeVersion.of(record) == damage.getVersion();
  }

  private static byte[] entryKey(RecordDamage damage) throws RefusedException {
    Checks.name(damage.getName());
    return Keys.of(damage.getInode(), damage.getName());
  }

  private boolean remove(Table table, byte[] key) throws DiskException {
    if (shard.records().get(table, key) == null) {
      return false;
    }
    Draft draft = shard.draft();
    draft.batch().delete(table, key);
    shard.apply(draft, true);
    return true;
  }

  private boolean removeAll(Table table, long inode) throws DiskException {
    Draft draft = shard.draft();
    byte[] prefix = Keys.of(inode);
    shard
        .records()
        .scan(
            table,
            prefix,
            Keys.after(prefix),
            (key, value) -> {
              draft.batch().delete(table, key);
              return true;
            });
    if (draft.isEmpty()) {
      return false;
    }
    shard.apply(draft, true);
    return true;
  }

  private boolean removeLocks(long inode) throws DiskException {
    boolean any = removeAll(Table.LOCKS, inode);
    if (any) {
      locks.applied(inode, new LockChange(LockTable.EMPTY, List.of(), List.of()));
    }
    return any;
  }

  private boolean removeUnnamed(long inode) throws DiskException {
    OpeningRecord openings = shard.records().openings(inode);
    if (openings.getReaders() + openings.getWriters() > 0) {
      return false;
    }
    Draft draft = shard.draft();
    new Tree(draft).removeFile(inode);
    shard.apply(draft, true);
    return true;
  }

  private boolean mark(long inode) throws DiskException {
    if (shard.records().get(Table.ORPHANS, Keys.of(inode)) != null) {
      return false;
    }
    Draft draft = shard.draft();
    draft.batch().put(Table.ORPHANS, Keys.of(inode), new byte[0]);
    shard.apply(draft, true);
    return true;
  }

  private @Nullable NamedInode entry(RecordDamage damage) throws DiskException {
    NamedInode entry = shard.records().entry(damage.getInode(), damage.getName());
    return entry == null || entry.inode() != damage.getOther() ? null : entry;
  }

  /// Only a directory must not have several names; the one that it knows of itself stays.
  private static boolean isElsewhere(RecordDamage damage, @Nullable ExaminedInode target) {
    return target != null
        && target.getExists()
        && FileType.isDirectory(target.getSummary().getMode())
        && target.getSummary().getParent() != damage.getInode();
  }

  private boolean removeEntry(RecordDamage damage, InodeRecord record) throws DiskException {
    NamedInode entry = entry(damage);
    if (entry == null) {
      return false;
    }
    Draft draft = shard.draft();
    byte[] place = Keys.of(damage.getInode(), entry.cookie());
    draft.batch().delete(Table.ENTRIES, Keys.of(damage.getInode(), damage.getName()));
    draft.batch().delete(Table.COOKIES, place);
    boolean counted = entry.type() == FileType.ENTRY_DIRECTORY && record.getLinks() > 2;
    draft.put(
        damage.getInode(),
        record.toBuilder()
            .setEntries(Math.max(0, record.getEntries() - 1))
            .setLinks(record.getLinks() - (counted ? 1 : 0))
            .setMtime(shard.now())
            .setCtime(shard.now())
            .build());
    shard.apply(draft, true);
    return true;
  }

  private boolean setType(RecordDamage damage, InodeRecord record, @Nullable ExaminedInode target)
      throws DiskException {
    NamedInode entry = entry(damage);
    if (entry == null || target == null || !target.getExists()) {
      return false;
    }
    int type = FileType.ofEntry(target.getSummary().getMode());
    if (entry.type() == type) {
      return false;
    }
    Draft draft = shard.draft();
    ByteString name = damage.getName();
    draft
        .batch()
        .put(
            Table.ENTRIES,
            Keys.of(damage.getInode(), name),
            Records.entryValue(new NamedInode(entry.inode(), type, entry.cookie())));
    draft
        .batch()
        .put(
            Table.COOKIES,
            Keys.of(damage.getInode(), entry.cookie()),
            Records.cookieValue(entry.inode(), type, name));
    shard.apply(draft, true);
    // The count of subdirectories follows from the types.
    boolean _ = directories.repair(damage.getInode(), record);
    return true;
  }

  private boolean setLinks(RecordDamage damage, InodeRecord record) throws DiskException {
    long links = damage.getNumber();
    boolean possible =
        !FileType.isDirectory(record.getMode()) && links > 0 && links <= Checks.LINKS_MAX;
    if (!possible) {
      return false;
    }
    Draft draft = shard.draft();
    draft.batch().delete(Table.ORPHANS, Keys.of(damage.getInode()));
    draft.put(
        damage.getInode(),
        record.toBuilder().setLinks((int) links).setCtime(shard.now()).clearLinkable().build());
    shard.apply(draft, true);
    return true;
  }

  /// What is behind the end, and nobody writes, was never there for anybody.
  private boolean cut(RecordDamage damage, @Nullable InodeRecord record, InodeLocks.Held held)
      throws RefusedException, DiskException, InterruptedException {
    if (record == null
        || !FileType.isRegular(record.getMode())
        || record.getSize() != damage.getNumber()
        || shard.records().openings(damage.getInode()).getWriters() > 0) {
      return false;
    }
    Draft rest = truncations.cut(held, shard.draft(), damage.getInode(), record, record.getSize());
    if (!rest.isEmpty()) {
      shard.apply(rest, true);
    }
    return true;
  }

  private boolean setParent(RecordDamage damage, InodeRecord record)
      throws RefusedException, DiskException {
    Checks.inode(damage.getOther());
    boolean possible =
        FileType.isDirectory(record.getMode()) && record.getParent() != damage.getInode();
    if (!possible) {
      return false;
    }
    Draft draft = shard.draft();
    draft.put(
        damage.getInode(),
        record.toBuilder().setParent(damage.getOther()).setCtime(shard.now()).build());
    shard.apply(draft, true);
    return true;
  }
}
