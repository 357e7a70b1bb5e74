package org.skep.metadata.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
}
