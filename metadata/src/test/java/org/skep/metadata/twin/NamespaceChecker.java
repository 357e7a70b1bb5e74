package org.skep.metadata.twin;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.skep.cluster.Ids;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.record.OpeningRecord;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.NamedInode;
import org.skep.metadata.state.Records;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// Checks that the stores of all shards together are a file system: no entry without inode, no
/// inode without entry (but open orphans), right counts and parents, everything below the root, and
/// nothing left of transactions. The shards must be at rest.
public final class NamespaceChecker {
  private final Map<Integer, Records> shards = new TreeMap<>();
  private final long root;
  private final List<String> problems = new ArrayList<>();
  private final Map<Long, InodeRecord> inodes = new TreeMap<>(Long::compareUnsigned);
  private final Map<Long, Integer> names = new HashMap<>();
  private final Map<Long, Integer> subdirectories = new HashMap<>();

  private NamespaceChecker(Map<Integer, ? extends KeyValueStore> stores, long root) {
    stores.forEach((shard, store) -> shards.put(shard, new Records(store)));
    this.root = root;
  }

  /// @param stores of all shards
  /// @param root the root directory's inode
  /// @return what is wrong, one line each; empty if all is well
  public static List<String> check(Map<Integer, ? extends KeyValueStore> stores, long root)
      throws DiskException {
    NamespaceChecker checker = new NamespaceChecker(stores, root);
    for (Map.Entry<Integer, Records> shard : checker.shards.entrySet()) {
      checker.readInodes(shard.getKey(), shard.getValue());
    }
    for (Map.Entry<Integer, Records> shard : checker.shards.entrySet()) {
      checker.checkEntries(shard.getValue());
      checker.checkBelongings(shard.getKey(), shard.getValue());
    }
    for (Map.Entry<Long, InodeRecord> inode : checker.inodes.entrySet()) {
      checker.checkInode(inode.getKey(), inode.getValue());
    }
    return checker.problems;
  }

  private void problem(String text) {
    problems.add(text);
  }

  private void readInodes(int shard, Records records) throws DiskException {
    all(
        records,
        Table.INODES,
        (key, value) -> {
          long inode = Keys.number(key, 0);
          inodes.put(inode, Records.parse(value, InodeRecord.parser()));
          if (Ids.shardOf(inode) != shard) {
            problem("inode " + Ids.text(inode) + " is on shard " + shard);
          }
          return true;
        });
  }

  private static void all(Records records, Table table, Records.Visitor visitor)
      throws DiskException {
    records.scan(table, Keys.first(), Keys.end(), visitor);
  }

  private void checkEntries(Records records) throws DiskException {
    Map<Long, Long> counts = new TreeMap<>();
    all(
        records,
        Table.COOKIES,
        (key, value) -> {
          long directory = Keys.number(key, 0);
          Records.ListedEntry entry = Records.listed(key, value);
          counts.merge(directory, 1L, Long::sum);
          checkEntry(records, directory, entry);
          return true;
        });
    long[] entries = {0};
    all(
        records,
        Table.ENTRIES,
        (key, value) -> {
          entries[0]++;
          return true;
        });
    long listed = counts.values().stream().mapToLong(Long::longValue).sum();
    if (entries[0] != listed) {
      problem(entries[0] + " entries, but " + listed + " are listed");
    }
    all(
        records,
        Table.INODES,
        (key, value) -> {
          long inode = Keys.number(key, 0);
          long count = counts.getOrDefault(inode, 0L);
          if (inodes.get(inode).getEntries() != count) {
            problem(
                "directory "
                    + Ids.text(inode)
                    + " counts "
                    + inodes.get(inode).getEntries()
                    + " entries, has "
                    + count);
          }
          return true;
        });
  }

  private void checkEntry(Records records, long directory, Records.ListedEntry entry)
      throws DiskException {
    String where = Ids.text(directory) + "/" + text(entry.name());
    NamedInode named = records.entry(directory, entry.name());
    NamedInode expected = new NamedInode(entry.inode(), entry.type(), entry.cookie());
    if (!expected.equals(named)) {
      problem("entry " + where + " is listed as " + expected + ", found as " + named);
    }
    InodeRecord parent = inodes.get(directory);
    if (parent == null || !FileType.isDirectory(parent.getMode())) {
      problem("entry " + where + " in no directory");
    } else if (Long.compareUnsigned(entry.cookie(), parent.getCookieLast()) > 0) {
      problem("entry " + where + " has a cookie of the future");
    }
    InodeRecord inode = inodes.get(entry.inode());
    if (inode == null) {
      problem("entry " + where + " without inode " + Ids.text(entry.inode()));
      return;
    }
    names.merge(entry.inode(), 1, Integer::sum);
    if (FileType.ofEntry(inode.getMode()) != entry.type()) {
      problem("entry " + where + " has type " + entry.type());
    }
    if (FileType.isDirectory(inode.getMode())) {
      subdirectories.merge(directory, 1, Integer::sum);
      if (inode.getParent() != directory) {
        problem("directory " + where + " has parent " + Ids.text(inode.getParent()));
      }
    }
  }

  private static String text(ByteString name) {
    return name.toStringUtf8();
  }

  private void checkBelongings(int shard, Records records) throws DiskException {
    for (Table table : List.of(Table.OPENINGS, Table.XATTRS, Table.ORPHANS, Table.LOCKS)) {
      all(
          records,
          table,
          (key, value) -> {
            if (!inodes.containsKey(Keys.number(key, 0))) {
              problem(table + " of missing inode " + Ids.text(Keys.number(key, 0)));
            }
            return true;
          });
    }
    all(
        records,
        Table.ORPHANS,
        (key, value) -> {
          InodeRecord inode = inodes.get(Keys.number(key, 0));
          if (inode != null && inode.getLinks() > 0) {
            problem("orphan with a name " + Ids.text(Keys.number(key, 0)));
          }
          return true;
        });
    all(
        records,
        Table.GARBAGE,
        (key, value) -> {
          if (inodes.containsKey(Keys.number(key, 0))) {
            problem("chunks of living inode are garbage " + Ids.text(Keys.number(key, 0)));
          }
          return true;
        });
    for (Table table : List.of(Table.INTENTS, Table.DECISIONS, Table.TRUNCATIONS)) {
      all(
          records,
          table,
          (key, value) -> {
            problem(table + " left on shard " + shard);
            return true;
          });
    }
  }

  private void checkInode(long inode, InodeRecord record) throws DiskException {
    String name = "inode " + Ids.text(inode);
    int count = names.getOrDefault(inode, 0);
    if (FileType.isDirectory(record.getMode())) {
      if (count != (inode == root ? 0 : 1)) {
        problem(name + " is a directory with " + count + " names");
      }
      int links = 2 + subdirectories.getOrDefault(inode, 0);
      if (record.getLinks() != links) {
        problem(name + " counts " + record.getLinks() + " links, has " + links);
      }
      checkReachesRoot(inode);
      return;
    }
    if (record.getLinks() != count) {
      problem(name + " counts " + record.getLinks() + " links, has " + count);
    }
    if (count == 0) {
      Records records = shards.get(Ids.shardOf(inode));
      OpeningRecord openings = records.openings(inode);
      boolean orphan = records.get(Table.ORPHANS, Keys.of(inode)) != null;
      if (!orphan || openings.getReaders() + openings.getWriters() == 0) {
        problem(name + " has no name and nobody has it open");
      }
    }
  }

  private void checkReachesRoot(long directory) {
    long at = directory;
    for (int depth = 0; depth <= inodes.size(); depth++) {
      if (at == root) {
        return;
      }
      InodeRecord record = inodes.get(at);
      if (record == null) {
        problem("directory " + Ids.text(directory) + " lies below missing " + Ids.text(at));
        return;
      }
      at = record.getParent();
    }
    problem("directory " + Ids.text(directory) + " lies in a circle");
  }
}
