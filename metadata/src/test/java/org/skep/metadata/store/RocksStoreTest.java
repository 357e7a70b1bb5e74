package org.skep.metadata.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.skep.metadata.state.Keys;
import org.skep.metadata.twin.StoreContract;
import org.skep.runtime.port.DiskException;

class RocksStoreTest extends StoreContract {
  @TempDir Path directory;
  private RocksStore store;

  @Override
  protected KeyValueStore store() throws DiskException {
    if (store == null) {
      store = RocksStore.open(directory.resolve("store").toString(), true);
    }
    return store;
  }

  @Override
  protected KeyValueStore reopen() throws DiskException {
    store.close();
    store = RocksStore.open(directory.resolve("store").toString(), false);
    return store;
  }

  @AfterEach
  void close() throws DiskException {
    if (store != null) {
      store.close();
    }
  }

  @Test
  void aMissingStoreIsNotTakenForAnEmptyOne() {
    assertThatThrownBy(() -> RocksStore.open(directory.resolve("store").toString(), false))
        .isInstanceOf(DiskException.class)
        .hasMessageContaining("store");
  }

  /// As one was left by a version without metadata groups.
  @Test
  void aStoreWithoutATableOfTodayIsOpenedAndGetsIt() throws Exception {
    store().apply(new Batch(), true);
    store.close();
    String path = directory.resolve("store").toString();
    try (Options options = new Options()) {
      List<ColumnFamilyDescriptor> families = new ArrayList<>();
      for (byte[] name : RocksDB.listColumnFamilies(options, path)) {
        families.add(new ColumnFamilyDescriptor(name));
      }
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      try (DBOptions database = new DBOptions();
          RocksDB opened = RocksDB.open(database, path, families, handles)) {
        ColumnFamilyHandle last = handles.getLast();
        assertThat(last.getName()).isEqualTo("log".getBytes(StandardCharsets.US_ASCII));
        opened.dropColumnFamily(last);
        handles.forEach(ColumnFamilyHandle::close);
      }
    }
    store = RocksStore.open(path, false);
    Batch batch = new Batch();
    batch.put(Table.LOG, Keys.of(1), Keys.of(2));
    store.apply(batch, true);
    assertThat(reopen().get(Table.LOG, Keys.of(1))).isEqualTo(Keys.of(2));
  }
}
