package org.skep.metadata.target;

import org.skep.metadata.replication.Replicator;
import org.skep.metadata.resync.Leader;
import org.skep.metadata.serving.ShardHost;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.KeyValueStore;
import org.skep.mirror.GroupView;
import org.skep.mirror.GroupView.Role;

/// What a primary has: one life of its shard.
///
/// @param missingFrom the number of the last batch that the secondary had when it was left behind
record Primacy(ShardHost host, KeyValueStore store, Replicator replicator, long missingFrom) {

  Shard shard() {
    return host.shard();
  }

  /// For a resync.
  Leader leader() {
    return new Leader(shard(), store, replicator);
  }

  /// Whether this life goes on in that view.
  boolean stays(GroupView next) {
    return (next.role() == Role.PRIMARY_ALONE || next.role() == Role.PRIMARY_OF_PAIR)
        && next.groupId() == shard().id()
        && !shard().isBroken();
  }

  /// Whether a secondary that is left behind lacks something.
  boolean buddyMisses() {
    return shard().latestBatch() != missingFrom;
  }
}
