package org.skep.wire;

/// What came back for a request that reached its server.
public sealed interface Answer<R> {

  /// @param bulkBytes how many bulk bytes were put into the caller's buffer
  /// @param batch of a change at a shard: the number of a batch that holds it, or of a later one; 0
  ///   otherwise
  record Done<R>(R reply, int bulkBytes, long batch) implements Answer<R> {
    public Done(R reply, int bulkBytes) {
      this(reply, bulkBytes, 0);
    }
  }

  record Refused<R>(Failure failure) implements Answer<R> {}
}
