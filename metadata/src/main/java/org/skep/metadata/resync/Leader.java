package org.skep.metadata.resync;

import org.skep.metadata.replication.Replicator;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.KeyValueStore;

/// What a resync needs of a shard's primary.
///
/// @param shard in its present life
/// @param store that has its content
public record Leader(Shard shard, KeyValueStore store, Replicator replicator) {}
