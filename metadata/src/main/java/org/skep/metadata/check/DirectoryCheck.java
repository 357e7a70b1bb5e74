package org.skep.metadata.check;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.NamedInode;
import org.skep.metadata.state.Records;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.RecordDamage;

/// What must fit together in one directory: its entries, their places in the listing (table
/// COOKIES), and the counts in its inode. The entries are what counts: a repair makes the rest like
/// them. Only where an entry is missing that is listed, the listing makes it again, so that no name
/// is lost.
///
/// First a directory is looked at without its lock, by sums over entries and listing that must be
/// equal; only one that seems damaged is locked, and looked at in detail.
final class DirectoryCheck {
  private static final long LOCK_NANOS = 1_000_000_000L;

  /// As many as one directory may tell; the rest shows after these are repaired.
  private static final int DAMAGE_MAX = 1000;

  /// The most records that one repair changes: a batch is in memory as a whole.
  private static final int FIXES_MAX = 100_000;

  private final Shard shard;

  DirectoryCheck(Shard shard) {
    this.shard = shard;
  }

  /// A walk over a directory's records.
  ///
  /// @param sum over all of them, whatever their order
  private record Totals(long count, long directories, long cookieMax, long sum) {}

  /// @param visited grows by the records that were read
  List<RecordDamage> check(long directory, InodeRecord before, long[] visited)
      throws DiskException, InterruptedException {
    Totals entries = totals(directory, Table.ENTRIES, visited);
    Totals listing = totals(directory, Table.COOKIES, visited);
    if (fit(before, entries, listing)) {
      return List.of();
    }
    InodeLocks.Held held = shard.locks().tryLock(directory, false, LOCK_NANOS);
    if (held == null) {
      // Something is under way, or an unfinished change has it locked, which is told elsewhere.
      return List.of();
    }
    try (held) {
      InodeRecord record = shard.records().inode(directory);
      return record == null || !FileType.isDirectory(record.getMode())
          ? List.of()
          : details(directory, record, null);
    }
  }

  private static boolean fit(InodeRecord record, Totals entries, Totals listing) {
    return entries.equals(listing)
        && record.getEntries() == entries.count
        && record.getLinks() == 2 + entries.directories
        && Long.compareUnsigned(entries.cookieMax, record.getCookieLast()) <= 0;
  }

  private Totals totals(long directory, Table table, long[] visited) throws DiskException {
    long[] totals = new long[4];
    scan(
        directory,
        table,
        (key, value) -> {
          Records.ListedEntry entry =
              table == Table.ENTRIES ? Records.named(key, value) : Records.listed(key, value);
          totals[0]++;
          totals[1] += entry.type() == FileType.ENTRY_DIRECTORY ? 1 : 0;
          totals[2] =
              Long.compareUnsigned(entry.cookie(), totals[2]) > 0 ? entry.cookie() : totals[2];
          totals[3] += sum(entry);
          return true;
        });
    visited[0] += totals[0];
    return new Totals(totals[0], totals[1], totals[2], totals[3]);
  }

  private static long sum(Records.ListedEntry entry) {
    long sum = entry.name().hashCode() * 0x9E3779B97F4A7C15L + entry.inode();
    sum = (sum ^ sum >>> 31) * 0xBF58476D1CE4E5B9L + entry.cookie();
    sum = (sum ^ sum >>> 29) * 0x94D049BB133111EBL + entry.type();
    return sum ^ sum >>> 32;
  }

  private void scan(long directory, Table table, Records.Visitor visitor) throws DiskException {
    byte[] prefix = Keys.of(directory);
    shard.records().scan(table, prefix, Keys.after(prefix), visitor);
  }

  /// Makes the directory, which is locked exclusively, fit together.
  ///
  /// @return whether something was to be done
  boolean repair(long directory, InodeRecord record) throws DiskException {
    Draft draft = shard.draft();
    List<RecordDamage> damage = details(directory, record, draft);
    if (damage.isEmpty()) {
      return false;
    }
    shard.apply(draft, true);
    return true;
  }

  /// One look in detail, with the directory locked.
  private final class Look {
    private final long directory;
    private final @Nullable Draft draft;
    private final List<RecordDamage> damage = new ArrayList<>();
    private final Set<ByteString> restored = new HashSet<>();
    private long count;
    private long directories;
    private long cookieMax;
    private int fixes;

    private Look(long directory, @Nullable Draft draft) {
      this.directory = directory;
      this.draft = draft;
    }

    private RecordDamage.Builder found(RecordDamage.Kind kind) {
      return RecordDamage.newBuilder().setKind(kind).setInode(directory);
    }

    private void add(RecordDamage.Builder found) {
      if (damage.size() < DAMAGE_MAX) {
        damage.add(found.build());
      }
    }

    private boolean mayFix() {
      return draft != null && fixes++ < FIXES_MAX;
    }

    private void count(int type, long cookie) {
      count++;
      directories += type == FileType.ENTRY_DIRECTORY ? 1 : 0;
      cookieMax = Long.compareUnsigned(cookie, cookieMax) > 0 ? cookie : cookieMax;
    }

    /// A listing of which there is no entry: of a name that has another place, or that is lost.
    private boolean listing(byte[] key, byte[] value) throws DiskException {
      Records.ListedEntry listed = Records.listed(key, value);
      NamedInode named = shard.records().entry(directory, listed.name());
      NamedInode expected = new NamedInode(listed.inode(), listed.type(), listed.cookie());
      boolean fits = expected.equals(named);
      boolean taken = named != null && named.cookie() == listed.cookie();
      if (fits || taken) {
        // `taken`: it says something else of the same entry, which is told as not listed.
        return true;
      }
      add(
          found(RecordDamage.Kind.LISTING_WITHOUT_ENTRY)
              .setName(listed.name())
              .setOther(listed.inode())
              .setNumber(listed.cookie()));
      boolean lost = named == null && restored.add(listed.name());
      if (lost) {
        count(listed.type(), listed.cookie());
      }
      if (draft != null && mayFix()) {
        if (lost) {
          draft
              .batch()
              .put(Table.ENTRIES, Keys.of(directory, listed.name()), Records.entryValue(expected));
        } else {
          draft.batch().delete(Table.COOKIES, key);
        }
      }
      return true;
    }

    private boolean entry(byte[] key, byte[] value) throws DiskException {
      Records.ListedEntry named = Records.named(key, value);
      count(named.type(), named.cookie());
      byte[] place = Keys.of(directory, named.cookie());
      byte[] listed = shard.records().get(Table.COOKIES, place);
      if (listed != null && Records.listed(place, listed).equals(named)) {
        return true;
      }
      add(found(RecordDamage.Kind.ENTRY_NOT_LISTED).setName(named.name()).setOther(named.inode()));
      if (draft != null && mayFix()) {
        list(key, named, place, listed);
      }
      return true;
    }

    /// Gives the entry its place in the listing, or a new one if another entry has that.
    private void list(byte[] key, Records.ListedEntry named, byte[] place, byte @Nullable [] listed)
        throws DiskException {
      if (draft == null) {
        return;
      }
      byte[] free = place;
      if (listed != null && isAnothers(place, listed, named.name())) {
        long cookie = nextCookie();
        cookieMax = cookie;
        free = Keys.of(directory, cookie);
        draft
            .batch()
            .put(
                Table.ENTRIES,
                key,
                Records.entryValue(new NamedInode(named.inode(), named.type(), cookie)));
      }
      draft
          .batch()
          .put(Table.COOKIES, free, Records.cookieValue(named.inode(), named.type(), named.name()));
    }

    private boolean isAnothers(byte[] place, byte[] listed, ByteString name) throws DiskException {
      Records.ListedEntry other = Records.listed(place, listed);
      NamedInode named = shard.records().entry(directory, other.name());
      return !other.name().equals(name) && named != null && named.cookie() == other.cookie();
    }

    private long nextCookie() throws DiskException {
      if (highest == 0) {
        highest = cookieMax;
        scan(
            directory,
            Table.COOKIES,
            (key, value) -> {
              highest = Math.max(highest, Keys.number(key, 8));
              return true;
            });
        InodeRecord record = shard.records().inode(directory);
        highest = Math.max(highest, record == null ? 0 : record.getCookieLast());
      }
      return ++highest;
    }

    private long highest;

    private void counts(InodeRecord record) {
      if (Long.compareUnsigned(cookieMax, record.getCookieLast()) > 0 && draft == null) {
        add(
            found(RecordDamage.Kind.COOKIE_BEHIND_LAST)
                .setNumber(cookieMax)
                .setRecorded(record.getCookieLast()));
      }
      if (record.getEntries() != count) {
        add(
            found(RecordDamage.Kind.WRONG_ENTRY_COUNT)
                .setNumber(count)
                .setRecorded(record.getEntries()));
      }
      if (record.getLinks() != 2 + directories) {
        add(
            found(RecordDamage.Kind.WRONG_DIRECTORY_LINKS)
                .setNumber(2 + directories)
                .setRecorded(record.getLinks()));
      }
    }
  }

  /// What is wrong with a directory that is locked.
  ///
  /// @param draft gets what makes it right; null: nothing is to be changed
  private List<RecordDamage> details(long directory, InodeRecord record, @Nullable Draft draft)
      throws DiskException {
    Look look = new Look(directory, draft);
    scan(directory, Table.ENTRIES, look::entry);
    scan(directory, Table.COOKIES, look::listing);
    look.counts(record);
    if (draft != null) {
      long last = record.getCookieLast();
      long needed = Math.max(look.cookieMax, look.highest);
      boolean behind = Long.compareUnsigned(needed, last) > 0;
      if (behind && look.damage.isEmpty()) {
        look.add(look.found(RecordDamage.Kind.COOKIE_BEHIND_LAST));
      }
      draft.put(
          directory,
          record.toBuilder()
              .setEntries(look.count)
              .setLinks((int) (2 + look.directories))
              .setCookieLast(behind ? needed : last)
              .build());
    }
    return look.damage;
  }
}
