package org.skep.cli.status;

import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.skep.wire.Operations;
import org.skep.wire.message.ShardContentMessage;
import org.skep.wire.message.ShardContentsReply;
import org.skep.wire.message.ShardContentsRequest;

/// What the metadata shards without a secondary hold.
///
/// @param empty those that can be given up, so that their targets become secondaries
/// @param unknown those that did not say, with the reason
public record ShardContents(Set<Integer> empty, Map<Integer, String> unknown) {

  /// Asks management, which asks the shards.
  ///
  /// @param giveUpNanos how long to try
  /// @throws org.skep.cli.outcome.CommandFailure if management does not answer
  public static ShardContents ask(ManagementConnection management, long giveUpNanos) {
    return of(
        management.call(
            Operations.SHARD_CONTENTS, ShardContentsRequest.getDefaultInstance(), giveUpNanos));
  }

  static ShardContents of(ShardContentsReply reply) {
    SortedSet<Integer> empty = new TreeSet<>();
    SortedMap<Integer, String> unknown = new TreeMap<>();
    for (ShardContentMessage shard : reply.getShardsList()) {
      if (!shard.getKnown()) {
        unknown.put(shard.getShard(), shard.getReason());
      } else if (!shard.getRoot() && shard.getInodes() == 0 && shard.getIntents() == 0) {
        empty.add(shard.getShard());
      }
    }
    return new ShardContents(empty, unknown);
  }
}
