package org.skep.metadata.transaction;

import com.google.protobuf.MessageLite;
import org.skep.wire.Answer;
import org.skep.wire.Operation;

/// The other shards. Any thread may call it.
public interface Peers {

  /// Asks a shard, repeating what does no harm, at most that long.
  ///
  /// @return the answer; a refusal of kind RETRY if the shard could not be reached or was not
  ///   ready: it may have carried out the request then
  <Q extends MessageLite, R extends MessageLite> Answer<R> call(
      int shard, Operation<Q, R> operation, Q request, long waitNanos) throws InterruptedException;
}
