package org.skep.metadata.session;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// Sorted maps in memory, which stay when the process "dies"; full when told to be.
final class PlainStore implements KeyValueStore {
  private final Map<Table, NavigableMap<byte[], byte[]>> tables = new EnumMap<>(Table.class);
  volatile boolean full;

  PlainStore() {
    for (Table table : Table.values()) {
      tables.put(table, new ConcurrentSkipListMap<>(Arrays::compareUnsigned));
    }
  }

  NavigableMap<byte[], byte[]> table(Table table) {
    return tables.get(table);
  }

  @Override
  public byte @Nullable [] get(Table table, byte[] key) {
    byte[] value = table(table).get(key);
    return value == null ? null : value.clone();
  }

  @Override
  public Cursor scan(Table table, byte[] from, byte[] to) {
    return cursor(table(table).subMap(from, true, to, false));
  }

  @Override
  public Cursor scanBackwards(Table table, byte[] from, byte[] to) {
    return cursor(table(table).subMap(from, true, to, false).descendingMap());
  }

  private static Cursor cursor(NavigableMap<byte[], byte[]> range) {
    List<Map.Entry<byte[], byte[]>> entries = new ArrayList<>(range.entrySet());
    return new Cursor() {
      private int at = -1;

      @Override
      public boolean next() {
        return ++at < entries.size();
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
    };
  }

  @Override
  public synchronized void apply(Batch batch, boolean sync) throws DiskException {
    if (full) {
      throw new DiskException(Errno.ENOSPC.number(), "the test's disk is full");
    }
    batch.replay(
        new Batch.Sink<RuntimeException>() {
          @Override
          public void put(Table table, byte[] key, byte[] value) {
            table(table).put(key, value);
          }

          @Override
          public void delete(Table table, byte[] key) {
            table(table).remove(key);
          }

          @Override
          public void deleteRange(Table table, byte[] from, byte[] to) {
            table(table).subMap(from, to).clear();
          }

          private NavigableMap<byte[], byte[]> table(Table table) {
            return PlainStore.this.table(table);
          }
        });
  }

  @Override
  public void sync() {}

  @Override
  public void close() {}
}
