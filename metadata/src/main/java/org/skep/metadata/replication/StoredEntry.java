package org.skep.metadata.replication;

import org.jspecify.annotations.Nullable;
import org.skep.metadata.store.Table;

/// A key and what is there.
///
/// @param value null: the key is not there
@SuppressWarnings("ArrayRecordComponent") // never compared
public record StoredEntry(Table table, byte[] key, byte @Nullable [] value) {

  /// Of key and value.
  public long bytes() {
    return (long) key.length + (value == null ? 0 : value.length);
  }
}
