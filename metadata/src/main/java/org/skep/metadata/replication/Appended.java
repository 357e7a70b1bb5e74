package org.skep.metadata.replication;

/// The secondary's answer to batches.
///
/// @param last the number of its last batch; 0 if it has none
/// @param refused the batches don't follow on that one: nothing was applied
public record Appended(long last, boolean refused) {}
