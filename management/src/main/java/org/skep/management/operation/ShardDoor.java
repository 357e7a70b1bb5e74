package org.skep.management.operation;

import java.io.IOException;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Node;
import org.skep.wire.Answer;
import org.skep.wire.message.RetireShardReply;
import org.skep.wire.message.RetireShardRequest;

/// How management asks a metadata shard whether it can be given up.
@FunctionalInterface
public interface ShardDoor {

  /// Asks the process that the map has as the shard's, and waits for its answer, two seconds at
  /// most.
  ///
  /// @throws IOException if it did not answer: it is not known whether it did what was asked
  Answer<RetireShardReply> ask(Node node, BuddyGroup shard, RetireShardRequest request)
      throws IOException;
}
