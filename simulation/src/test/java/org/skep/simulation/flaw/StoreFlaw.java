package org.skep.simulation.flaw;

import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// A store that hands everything on; flaws override what they spoil.
class StoreFlaw implements KeyValueStore {
  private final KeyValueStore store;

  StoreFlaw(KeyValueStore store) {
    this.store = store;
  }

  @Override
  public byte[] get(Table table, byte[] key) throws DiskException {
    return store.get(table, key);
  }

  @Override
  public Cursor scan(Table table, byte[] from, byte[] to) throws DiskException {
    return store.scan(table, from, to);
  }

  @Override
  public Cursor scanBackwards(Table table, byte[] from, byte[] to) throws DiskException {
    return store.scanBackwards(table, from, to);
  }

  @Override
  public void apply(Batch batch, boolean sync) throws DiskException {
    store.apply(batch, sync);
  }

  @Override
  public void sync() throws DiskException {
    store.sync();
  }

  @Override
  public void close() throws DiskException {
    store.close();
  }

  /// The batch without what it puts into a table.
  static Batch without(Table table, Batch batch) {
    Batch rest = new Batch();
    batch.replay(
        new Batch.Sink<RuntimeException>() {
          @Override
          public void put(Table into, byte[] key, byte[] value) {
            if (into != table) {
              rest.put(into, key, value);
            }
          }

          @Override
          public void delete(Table from, byte[] key) {
            rest.delete(from, key);
          }

          @Override
          public void deleteRange(Table from, byte[] first, byte[] end) {
            rest.deleteRange(from, first, end);
          }
        });
    return rest;
  }
}
