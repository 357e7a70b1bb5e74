package org.skep.metadata.twin;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// A [KeyValueStore] in memory that can crash: the last batches that were not synced may be lost,
/// never one in the middle. It is the disk and the store in one: after a crash or a close the same
/// object is opened again with [#open].
public final class MemoryStore implements KeyValueStore {
  // All guarded by this.
  private final Image durable = new Image();
  private Image current = new Image();
  private final List<Batch> unsynced = new ArrayList<>();
  private boolean opened = true;
  private boolean dead;
  private boolean full;
  private int stepsToCrash;
  private boolean crashAfterStep;
  private long steps;

  private static final class Image implements Batch.Sink<RuntimeException> {
    private final Map<Table, NavigableMap<byte[], byte[]>> tables = new EnumMap<>(Table.class);

    private Image() {
      for (Table table : Table.values()) {
        tables.put(table, new TreeMap<>(Arrays::compareUnsigned));
      }
    }

    private Image copy() {
      Image copy = new Image();
      tables.forEach((table, content) -> copy.tables.get(table).putAll(content));
      return copy;
    }

    @Override
    public void put(Table table, byte[] key, byte[] value) {
      tables.get(table).put(key.clone(), value.clone());
    }

    @Override
    public void delete(Table table, byte[] key) {
      tables.get(table).remove(key);
    }

    @Override
    public void deleteRange(Table table, byte[] from, byte[] to) {
      tables.get(table).subMap(from, true, to, false).clear();
    }
  }

  /// The process dies at the `step`-th apply or sync from now (1: the next one).
  ///
  /// @param afterStep whether that step still takes effect
  public synchronized void crashIn(int step, boolean afterStep) {
    stepsToCrash = step;
    crashAfterStep = afterStep;
  }

  /// Whether it has crashed and was not opened since.
  public synchronized boolean isDead() {
    return dead;
  }

  /// How many batches a crash of the host could lose now.
  public synchronized int unsyncedCount() {
    return unsynced.size();
  }

  /// How often something was applied or synced.
  public synchronized long steps() {
    return steps;
  }

  /// The process dies now.
  public synchronized void crash() {
    dead = true;
  }

  /// The disk is full, or not any more.
  public synchronized void setFull(boolean full) {
    this.full = full;
  }

  /// Starts anew after a crash or a close.
  ///
  /// @param lostBatches how many of the batches that were not synced are lost: 0 if only the
  ///   process died
  public synchronized MemoryStore open(int lostBatches) {
    int kept = Math.max(0, unsynced.size() - lostBatches);
    unsynced.subList(0, kept).forEach(batch -> batch.replay(durable));
    unsynced.clear();
    current = durable.copy();
    opened = true;
    dead = false;
    stepsToCrash = 0;
    return this;
  }

  @Override
  public synchronized byte @Nullable [] get(Table table, byte[] key) throws DiskException {
    checkOpen();
    byte[] value = current.tables.get(table).get(key);
    return value == null ? null : value.clone();
  }

  @Override
  public Cursor scan(Table table, byte[] from, byte[] to) throws DiskException {
    return cursor(table, from, to, false);
  }

  @Override
  public Cursor scanBackwards(Table table, byte[] from, byte[] to) throws DiskException {
    return cursor(table, from, to, true);
  }

  private synchronized Cursor cursor(Table table, byte[] from, byte[] to, boolean backwards)
      throws DiskException {
    checkOpen();
    NavigableMap<byte[], byte[]> range = current.tables.get(table).subMap(from, true, to, false);
    List<Map.Entry<byte[], byte[]>> entries = new ArrayList<>();
    // A tree's own entries change when others are removed.
    (backwards ? range.descendingMap() : range)
        .forEach((key, value) -> entries.add(Map.entry(key, value)));
    return new ListCursor(entries);
  }

  private static final class ListCursor implements Cursor {
    private final List<Map.Entry<byte[], byte[]>> entries;
    private int at = -1;

    private ListCursor(List<Map.Entry<byte[], byte[]>> entries) {
      this.entries = entries;
    }

    @Override
    public boolean next() {
      at = Math.min(at + 1, entries.size());
      return at < entries.size();
    }

    @Override
    public byte[] key() {
      return entries.get(at).getKey().clone();
    }

    @Override
    public byte[] value() {
      return entries.get(at).getValue().clone();
    }

    @Override
    public void close() {}
  }

  @Override
  public synchronized void apply(Batch batch, boolean sync) throws DiskException {
    checkOpen();
    if (full) {
      throw new DiskException(Errno.ENOSPC.number(), "memory store: write: no space");
    }
    step(() -> {
      batch.replay(current);
      unsynced.add(batch);
      if (sync) {
        makeDurable();
      }
    });
  }

  @Override
  public synchronized void sync() throws DiskException {
    checkOpen();
    step(this::makeDurable);
  }

  private void makeDurable() {
    unsynced.forEach(batch -> batch.replay(durable));
    unsynced.clear();
  }

  private void step(Runnable effect) {
    steps++;
    boolean crash = stepsToCrash > 0 && --stepsToCrash == 0;
    if (!crash || crashAfterStep) {
      effect.run();
    }
    if (crash) {
      dead = true;
      throw new CrashedError("memory store: crash at step " + steps);
    }
  }

  private void checkOpen() throws DiskException {
    if (dead) {
      throw new CrashedError("memory store: dead");
    }
    if (!opened) {
      throw new DiskException(Errno.EIO.number(), "memory store: closed");
    }
  }

  @Override
  public synchronized void close() {
    if (!dead && opened) {
      makeDurable();
    }
    opened = false;
  }
}
