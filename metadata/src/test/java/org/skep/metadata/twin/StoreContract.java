package org.skep.metadata.twin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.metadata.state.Keys;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// What every [KeyValueStore] does.
public abstract class StoreContract {

  /// A new, empty store; the same one again after [#reopen].
  protected abstract KeyValueStore store() throws DiskException;

  /// Closes the store and opens it again.
  protected abstract KeyValueStore reopen() throws DiskException;

  private static Batch batch(long... keys) {
    Batch batch = new Batch();
    for (long key : keys) {
      batch.put(Table.INODES, Keys.of(key), Keys.of(key * 10));
    }
    return batch;
  }

  private static List<Long> keys(Cursor cursor) throws DiskException {
    List<Long> keys = new ArrayList<>();
    try (cursor) {
      while (cursor.next()) {
        keys.add(Keys.number(cursor.key(), 0));
        assertThat(Keys.number(cursor.value(), 0)).isEqualTo(keys.getLast() * 10);
      }
      assertThat(cursor.next()).isFalse();
    }
    return keys;
  }

  private static List<Long> all(KeyValueStore store) throws DiskException {
    return keys(store.scan(Table.INODES, Keys.first(), Keys.end()));
  }

  @Test
  void getGivesWhatWasPutInItsTableOnly() throws DiskException {
    KeyValueStore store = store();
    store.apply(batch(1, 2), false);
    assertThat(store.get(Table.INODES, Keys.of(2))).isEqualTo(Keys.of(20));
    assertThat(store.get(Table.INODES, Keys.of(3))).isNull();
    assertThat(store.get(Table.ENTRIES, Keys.of(2))).isNull();
  }

  @Test
  void theLaterStepOfABatchWins() throws DiskException {
    KeyValueStore store = store();
    Batch batch = batch(1, 2, 3, 4);
    batch.delete(Table.INODES, Keys.of(1));
    batch.deleteRange(Table.INODES, Keys.of(2), Keys.of(4));
    batch.put(Table.INODES, Keys.of(3), Keys.of(30));
    store.apply(batch, true);
    assertThat(all(store)).containsExactly(3L, 4L);
  }

  @Test
  void scansAreOrderedUnsignedAndWithinTheirBounds() throws DiskException {
    KeyValueStore store = store();
    store.apply(batch(-1, 5, 1, 3, Long.MIN_VALUE), false);
    assertThat(all(store)).containsExactly(1L, 3L, 5L, Long.MIN_VALUE, -1L);
    assertThat(keys(store.scan(Table.INODES, Keys.of(1), Keys.of(5)))).containsExactly(1L, 3L);
    assertThat(keys(store.scanBackwards(Table.INODES, Keys.of(2), Keys.of(6))))
        .containsExactly(5L, 3L);
    assertThat(keys(store.scan(Table.INODES, Keys.of(6), Keys.of(7)))).isEmpty();
    assertThat(keys(store.scan(Table.ENTRIES, Keys.first(), Keys.end()))).isEmpty();
  }

  @Test
  void aCursorSeesTheStoreAsItWas() throws DiskException {
    KeyValueStore store = store();
    store.apply(batch(1, 2), false);
    try (Cursor cursor = store.scan(Table.INODES, Keys.first(), Keys.end())) {
      Batch batch = batch(3);
      batch.delete(Table.INODES, Keys.of(2));
      store.apply(batch, false);
      assertThat(keys(cursor)).containsExactly(1L, 2L);
    }
    assertThat(all(store)).containsExactly(1L, 3L);
  }

  @Test
  void emptyValuesAndLongKeysAreKept() throws DiskException {
    KeyValueStore store = store();
    byte[] key = new byte[263];
    Batch batch = new Batch();
    batch.put(Table.ORPHANS, key, new byte[0]);
    store.apply(batch, false);
    assertThat(store.get(Table.ORPHANS, key)).isEmpty();
  }

  @Test
  void whatWasAppliedIsThereAfterACloseAndOpen() throws DiskException {
    store().apply(batch(1), true);
    store().apply(batch(2), false);
    store().sync();
    store().apply(batch(3), false);
    assertThat(all(reopen())).containsExactly(1L, 2L, 3L);
  }

  @Test
  void aClosedStoreRefuses() throws DiskException {
    KeyValueStore store = store();
    store.close();
    assertThatThrownBy(() -> store.get(Table.INODES, Keys.of(1))).isInstanceOf(DiskException.class);
    assertThatThrownBy(() -> store.apply(batch(1), false)).isInstanceOf(DiskException.class);
  }

  /// As the log of batches is used: written at its end, cut off at its front.
  @Test
  void aTableIsAQueueAsWell() throws DiskException {
    KeyValueStore store = store();
    for (long number = 1; number <= 100; number++) {
      Batch batch = new Batch();
      batch.put(Table.LOG, Keys.of(number), Keys.of(number * 10));
      if (number % 10 == 0) {
        batch.deleteRange(Table.LOG, Keys.first(), Keys.of(number - 4));
      }
      store.apply(batch, false);
    }
    assertThat(keys(store.scan(Table.LOG, Keys.first(), Keys.end())))
        .containsExactly(96L, 97L, 98L, 99L, 100L);
    assertThat(keys(store.scan(Table.LOG, Keys.of(98), Keys.end())))
        .containsExactly(98L, 99L, 100L);
    assertThat(keys(reopen().scanBackwards(Table.LOG, Keys.first(), Keys.of(98))))
        .containsExactly(97L, 96L);
  }
}
