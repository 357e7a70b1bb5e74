package org.skep.metadata.store;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.skep.linux.Errno;
import org.skep.runtime.port.DiskException;

/// A [KeyValueStore] in a RocksDB, one column family for each table.
///
/// Trap: native objects must not be used after they were closed (the process would crash), so every
/// call holds `usage` for reading, and closing holds it for writing.
public final class RocksStore implements KeyValueStore {
  private final String directory;
  private final ReentrantReadWriteLock usage = new ReentrantReadWriteLock();
  private final RocksTuning tuning;
  private final Map<Table, ColumnFamilyHandle> families = new EnumMap<>(Table.class);
  private final ReadOptions reading = new ReadOptions();
  private final WriteOptions unsynced = new WriteOptions();
  private final WriteOptions synced = new WriteOptions().setSync(true);
  // guarded by usage; null once closed
  private @Nullable RocksDB database;

  private RocksStore(String directory, RocksTuning tuning) {
    this.directory = directory;
    this.tuning = tuning;
  }

  /// One after the other: RocksDB gives a second loader a tenth of a second only.
  private static synchronized void loadLibrary() {
    RocksDB.loadLibrary();
  }

  /// Opens the database in this directory, whose parent exists.
  ///
  /// @param create whether to make it if there is none
  /// @throws DiskException EIO if it is damaged or missing, or the disk refuses
  public static RocksStore open(String directory, boolean create) throws DiskException {
    loadLibrary();
    RocksStore store = new RocksStore(directory, new RocksTuning(create));
    List<ColumnFamilyDescriptor> descriptors = store.tuning.families();
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try {
      store.database = RocksDB.open(store.tuning.database(), directory, descriptors, handles);
    } catch (RocksDBException e) {
      store.tuning.close();
      throw failure(directory, "open", e);
    }
    // The default family comes first; RocksDB wants it to exist, nothing is in it.
    for (int i = 0; i < handles.size(); i++) {
      if (i > 0) {
        store.families.put(Table.values()[i - 1], handles.get(i));
      } else {
        handles.get(i).close();
      }
    }
    return store;
  }

  @Override
  public byte @Nullable [] get(Table table, byte[] key) throws DiskException {
    usage.readLock().lock();
    try {
      return opened().get(family(table), reading, key);
    } catch (RocksDBException e) {
      throw failure(directory, "get", e);
    } finally {
      usage.readLock().unlock();
    }
  }

  @Override
  public Cursor scan(Table table, byte[] from, byte[] to) throws DiskException {
    return new RocksCursor(table, from, to, false);
  }

  @Override
  public Cursor scanBackwards(Table table, byte[] from, byte[] to) throws DiskException {
    return new RocksCursor(table, from, to, true);
  }

  @Override
  public void apply(Batch batch, boolean sync) throws DiskException {
    usage.readLock().lock();
    try (WriteBatch writes = new WriteBatch()) {
      RocksDB opened = opened();
      batch.replay(
          new Batch.Sink<RocksDBException>() {
            @Override
            public void put(Table table, byte[] key, byte[] value) throws RocksDBException {
              writes.put(family(table), key, value);
            }

            @Override
            public void delete(Table table, byte[] key) throws RocksDBException {
              writes.delete(family(table), key);
            }

            @Override
            public void deleteRange(Table table, byte[] from, byte[] to) throws RocksDBException {
              writes.deleteRange(family(table), from, to);
            }
          });
      opened.write(sync ? synced : unsynced, writes);
    } catch (RocksDBException e) {
      throw failure(directory, "write", e);
    } finally {
      usage.readLock().unlock();
    }
  }

  @Override
  public void sync() throws DiskException {
    usage.readLock().lock();
    try {
      opened().flushWal(true);
    } catch (RocksDBException e) {
      throw failure(directory, "sync", e);
    } finally {
      usage.readLock().unlock();
    }
  }

  @Override
  public void close() throws DiskException {
    usage.writeLock().lock();
    try {
      RocksDB closing = database;
      if (closing == null) {
        return;
      }
      database = null;
      try {
        closing.flushWal(true);
      } catch (RocksDBException e) {
        throw failure(directory, "sync", e);
      } finally {
        families.values().forEach(ColumnFamilyHandle::close);
        closing.close();
        reading.close();
        unsynced.close();
        synced.close();
        tuning.close();
      }
    } finally {
      usage.writeLock().unlock();
    }
  }

  private RocksDB opened() throws DiskException {
    if (database == null) {
      throw new DiskException(Errno.EIO.number(), directory + ": the store is closed");
    }
    return database;
  }

  private ColumnFamilyHandle family(Table table) {
    ColumnFamilyHandle family = families.get(table);
    if (family == null) {
      throw new IllegalStateException("no column family for " + table);
    }
    return family;
  }

  private static DiskException failure(String directory, String call, RocksDBException e) {
    Status status = e.getStatus();
    boolean full = status != null && status.getSubCode() == Status.SubCode.NoSpace;
    Errno errno = full ? Errno.ENOSPC : Errno.EIO;
    DiskException failure =
        new DiskException(errno.number(), directory + ": " + call + ": " + e.getMessage());
    failure.initCause(e);
    return failure;
  }

  /// An iterator with its bounds; it sees the database as it was when it was made.
  private final class RocksCursor implements Cursor {
    private final Slice lower;
    private final Slice upper;
    private final ReadOptions bounded;
    private final RocksIterator iterator;
    private final boolean backwards;
    private boolean started;
    private boolean closed;

    private RocksCursor(Table table, byte[] from, byte[] to, boolean backwards)
        throws DiskException {
      usage.readLock().lock();
      boolean made = false;
      try {
        RocksDB opened = opened();
        this.backwards = backwards;
        lower = new Slice(from);
        upper = new Slice(to);
        bounded = new ReadOptions().setIterateLowerBound(lower).setIterateUpperBound(upper);
        iterator = opened.newIterator(family(table), bounded);
        made = true;
      } finally {
        if (!made) {
          usage.readLock().unlock();
        }
      }
    }

    @Override
    public boolean next() throws DiskException {
      if (started && !iterator.isValid()) {
        // Moving on from there would be the end of the process.
        return false;
      }
      if (!started && backwards) {
        iterator.seekToLast();
      } else if (!started) {
        iterator.seekToFirst();
      } else if (backwards) {
        iterator.prev();
      } else {
        iterator.next();
      }
      started = true;
      if (iterator.isValid()) {
        return true;
      }
      try {
        iterator.status();
        return false;
      } catch (RocksDBException e) {
        throw failure(directory, "scan", e);
      }
    }

    @Override
    public byte[] key() {
      return iterator.key();
    }

    @Override
    public byte[] value() {
      return iterator.value();
    }

    @Override
    public void close() {
      if (closed) {
        return;
      }
      closed = true;
      iterator.close();
      bounded.close();
      lower.close();
      upper.close();
      usage.readLock().unlock();
    }
  }
}
