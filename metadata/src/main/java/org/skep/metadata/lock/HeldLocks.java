package org.skep.metadata.lock;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.DiskException;

/// All locks of a shard, in memory as in the store: read once at start, changed together.
///
/// A change is made with its inode locked exclusively: [#of], a rule of [LockTable], [#record] into
/// the batch, and after the batch was applied [#applied]. Any thread may read.
public final class HeldLocks {

  /// The most ranges of a shard; beyond: ENOLCK. They take about 100 MB.
  public static final int RANGES_MAX = 1_000_000;

  private final LockWaits waits;
  // both guarded by this
  private final Map<Long, LockTable> tables = new HashMap<>();
  private int count;

  /// Reads the locks from before the restart.
  ///
  /// @throws IllegalStateException if the store is broken
  public HeldLocks(Records records, Clock clock) throws DiskException {
    waits = new LockWaits(clock);
    Map<Long, List<HeldLock>> stored = new HashMap<>();
    records.scan(
        Table.LOCKS,
        Keys.first(),
        LockCodec.end(),
        (key, value) -> {
          stored
              .computeIfAbsent(LockCodec.inode(key), inode -> new ArrayList<>())
              .add(LockCodec.decode(key, value));
          return true;
        });
    stored.forEach((inode, locks) -> put(inode, LockTable.of(locks)));
  }

  /// Who waits.
  public LockWaits waits() {
    return waits;
  }

  /// The locks of an inode now.
  public synchronized LockTable of(long inode) {
    return tables.getOrDefault(inode, LockTable.EMPTY);
  }

  /// Whether there is room for the change; else ENOLCK.
  public synchronized boolean hasRoom(LockChange change) {
    return change.withinLimit()
        && (change.added().size() <= change.removed().size() || count < RANGES_MAX);
  }

  /// Adds the change to a batch.
  public static void record(Batch batch, long inode, LockChange change) {
    for (HeldLock lock : change.removed()) {
      batch.delete(Table.LOCKS, LockCodec.key(inode, lock));
    }
    for (HeldLock lock : change.added()) {
      batch.put(Table.LOCKS, LockCodec.key(inode, lock), LockCodec.value(lock));
    }
  }

  /// The batch with the change was applied: all see it from now on, and those who waited for it go
  /// on. The inode is still locked.
  public void applied(long inode, LockChange change) {
    put(inode, change.table());
    waits.changed(inode, change.table());
  }

  private synchronized void put(long inode, LockTable table) {
    LockTable old = table.isEmpty() ? tables.remove(inode) : tables.put(inode, table);
    count += table.size() - (old == null ? 0 : old.size());
  }

  /// The inodes on which the client has locks.
  public synchronized List<Long> inodesOf(long client) {
    List<Long> inodes = new ArrayList<>();
    tables.forEach((inode, table) -> {
      if (table.has(client)) {
        inodes.add(inode);
      }
    });
    return inodes;
  }

  /// How many ranges are locked.
  public synchronized int count() {
    return count;
  }
}
