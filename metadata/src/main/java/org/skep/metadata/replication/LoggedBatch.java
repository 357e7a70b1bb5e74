package org.skep.metadata.replication;

/// A batch with its number.
///
/// @param batch as [BatchCodec] writes it; not to be changed
@SuppressWarnings("ArrayRecordComponent") // never compared
public record LoggedBatch(long number, byte[] batch) {}
