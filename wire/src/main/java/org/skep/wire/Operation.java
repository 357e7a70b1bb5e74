package org.skep.wire;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;

/// One kind of request: a row of [Operations].
///
/// @param code number in the frame header, unique
/// @param name for logs and metrics
/// @param destination what the header's destination names
/// @param servers only daemons may send it, not clients
public record Operation<Q extends MessageLite, R extends MessageLite>(
    int code,
    String name,
    Destination destination,
    boolean servers,
    Parser<Q> requestParser,
    Parser<R> replyParser) {

  /// Who is asked.
  public enum Destination {
    /// Management, whichever peer leads.
    MANAGEMENT,
    /// A metadata shard: group id and epoch.
    SHARD,
    /// A storage target, or with [FrameHeader#FLAG_GROUP] a storage group: id and epoch.
    STORAGE
  }
}
