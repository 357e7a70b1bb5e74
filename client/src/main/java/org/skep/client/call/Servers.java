package org.skep.client.call;

import com.google.protobuf.MessageLite;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.ClusterMap;
import org.skep.wire.Answer;
import org.skep.wire.Operation;

/// The servers of one cluster: the client's only way out. Any thread may call it; calls block,
/// repeat the request while its server is away or moves, and answer at the latest when the
/// configured wait is over (with errno EIO then). Expected failures are answers; nothing is thrown.
public interface Servers {

  /// The newest map this process knows.
  ClusterMap map();

  /// Asks a metadata shard.
  ///
  /// @param sequence of a change, else 0
  /// @param mark all sequences below are completed
  <Q extends MessageLite, R extends MessageLite> Answer<R> shard(
      int shard, Operation<Q, R> operation, Q request, long sequence, long mark);

  /// Asks a metadata shard for something nobody needs: it is repeated for a second or two only.
  <Q extends MessageLite, R extends MessageLite> Answer<R> shardBriefly(
      int shard, Operation<Q, R> operation, Q request);

  /// Asks a storage target, or a storage group.
  ///
  /// @param bulkOut sent behind the request, from position to limit; its bytes stay as they are and
  ///   its position is not used by the caller again
  /// @param bulkIn takes the answer's bulk bytes from its position on; the room it has is what may
  ///   come
  <Q extends MessageLite, R extends MessageLite> Answer<R> storage(
      boolean group,
      int id,
      Operation<Q, R> operation,
      Q request,
      @Nullable ByteBuffer bulkOut,
      @Nullable ByteBuffer bulkIn);

  /// Reads from a storage group, from whichever member answers. The request must have no effect.
  ///
  /// @param turn spreads the reads: even numbers prefer one member, odd ones the other
  /// @param bulkIn as with [#storage]
  <Q extends MessageLite, R extends MessageLite> Answer<R> readGroup(
      int id, long turn, Operation<Q, R> operation, Q request, @Nullable ByteBuffer bulkIn);

  /// Asks management, whichever peer leads.
  <Q extends MessageLite, R extends MessageLite> Answer<R> management(
      Operation<Q, R> operation, Q request);
}
