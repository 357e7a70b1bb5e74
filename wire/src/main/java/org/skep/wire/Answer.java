package org.skep.wire;

/// What came back for a request that reached its server.
public sealed interface Answer<R> {

  /// @param bulkBytes how many bulk bytes were put into the caller's buffer
  record Done<R>(R reply, int bulkBytes) implements Answer<R> {}

  record Refused<R>(Failure failure) implements Answer<R> {}
}
