package org.skep.runtime.rpc;

import java.nio.ByteBuffer;
import org.skep.cluster.NodeKind;
import org.skep.wire.FrameHeader;

/// The surroundings of one request; valid until its handler returns.
public interface Exchange {

  /// Destination, epoch, sequence and the rest of the request's frame.
  FrameHeader header();

  /// The id of the client in this life of its process, as authenticated with the connection.
  long client();

  /// What the peer is.
  NodeKind role();

  /// The request's bulk payload, position 0 to its length; a direct buffer that belongs to the
  /// connection. Its checksum has been verified. For a [StreamingHandler] as [BulkStream#whole].
  ByteBuffer bulk();

  /// The connection's direct buffer of `Limits.BULK_BYTES_MAX` bytes for a bulk answer, cleared. It
  /// is the same memory as [#bulk].
  ByteBuffer answerBuffer();

  /// Whether the peer is still there: false when it closed the connection or was fenced off. For
  /// handlers that wait long. True as long as a stream has not come to its end.
  boolean alive();
}
