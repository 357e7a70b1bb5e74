package org.skep.metadata.replication;

import org.skep.metadata.state.Keys;
import org.skep.metadata.store.Table;

/// Keys of a table.
///
/// @param from the first key
/// @param to the first key behind it; [Keys#end] if it goes to the table's end
@SuppressWarnings("ArrayRecordComponent") // compared as objects only
public record KeyRange(Table table, byte[] from, byte[] to) {

  public static KeyRange all(Table table) {
    return new KeyRange(table, Keys.first(), Keys.end());
  }
}
