/// How two targets keep one shard's content: the log of batches, the primary's [Replicator], the
/// secondary's [ShardReplica], and what brings a secondary up to date. No network: that comes
/// through the ports [Secondary] and [ResyncTarget]. The design is in `docs/design/shards.md`.
///
/// Trap: the log's numbers jump between two lives of the shard. So each entry of the log names the
/// one before it, and nobody counts numbers without asking `BatchLives`.
@NullMarked
package org.skep.metadata.replication;

import org.jspecify.annotations.NullMarked;
