package org.skep.metadata.replication;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.skep.metadata.state.Keys;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;

/// The keys that the batches of a tail touched, without those that are each store's own. Used by
/// one thread.
final class TouchedKeys implements Batch.Sink<RuntimeException> {
  private final Map<Table, TreeSet<byte[]>> keys = new EnumMap<>(Table.class);
  private int count;
  private long bytes;
  private boolean isTooMuch;

  @Override
  public void put(Table table, byte[] key, byte[] value) {
    delete(table, key);
  }

  @Override
  public void delete(Table table, byte[] key) {
    boolean own =
        ContentReader.isOwn(table, key)
            || (table == Table.META && Arrays.equals(key, Keys.lives()));
    if (own || isTooMuch) {
      return;
    }
    if (keys.computeIfAbsent(table, _ -> new TreeSet<>(Arrays::compareUnsigned)).add(key)) {
      count++;
      bytes += key.length + 8;
      isTooMuch = count > ShardReplica.TAIL_KEYS_MAX || bytes > ShardReplica.TAIL_BYTES_MAX;
    }
  }

  @Override
  public void deleteRange(Table table, byte[] from, byte[] to) {
    isTooMuch = true;
  }

  /// More keys or bytes than a tail may have, or a range of keys.
  boolean isTooMuch() {
    return isTooMuch;
  }

  /// In the order of tables and keys.
  List<TableKey> list() {
    List<TableKey> list = new ArrayList<>();
    for (Table table : ContentReader.tables()) {
      TreeSet<byte[]> of = keys.get(table);
      if (of != null) {
        of.forEach(key -> list.add(new TableKey(table, key)));
      }
    }
    return list;
  }
}
