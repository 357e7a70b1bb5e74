package org.skep.metadata.replication;

import org.skep.metadata.store.Table;

/// A key of a table.
@SuppressWarnings("ArrayRecordComponent") // never compared
public record TableKey(Table table, byte[] key) {}
