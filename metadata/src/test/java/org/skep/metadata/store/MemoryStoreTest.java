package org.skep.metadata.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.skep.metadata.state.Keys;
import org.skep.metadata.twin.CrashedError;
import org.skep.metadata.twin.MemoryStore;
import org.skep.metadata.twin.StoreContract;
import org.skep.runtime.port.DiskException;

class MemoryStoreTest extends StoreContract {
  private final MemoryStore store = new MemoryStore();

  @Override
  protected KeyValueStore store() {
    return store;
  }

  @Override
  protected KeyValueStore reopen() {
    store.close();
    return store.open(0);
  }

  private static Batch put(long key) {
    Batch batch = new Batch();
    batch.put(Table.META, Keys.of(key), new byte[1]);
    return batch;
  }

  @Test
  void aCrashLosesASuffixOfWhatWasNotSynced() throws DiskException {
    store.apply(put(1), true);
    store.apply(put(2), false);
    store.apply(put(3), false);
    assertThat(store.unsyncedCount()).isEqualTo(2);
    store.crash();
    assertThatThrownBy(() -> store.apply(put(4), false)).isInstanceOf(CrashedError.class);
    MemoryStore _ = store.open(1);
    assertThat(store.get(Table.META, Keys.of(1))).isNotNull();
    assertThat(store.get(Table.META, Keys.of(2))).isNotNull();
    assertThat(store.get(Table.META, Keys.of(3))).isNull();
  }

  @Test
  void itCrashesAtTheChosenStep() throws DiskException {
    store.crashIn(2, true);
    store.apply(put(1), false);
    assertThatThrownBy(() -> store.apply(put(2), false)).isInstanceOf(CrashedError.class);
    MemoryStore _ = store.open(0);
    assertThat(store.get(Table.META, Keys.of(2))).isNotNull();
  }
}
