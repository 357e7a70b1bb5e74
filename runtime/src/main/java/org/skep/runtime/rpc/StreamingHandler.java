package org.skep.runtime.rpc;

import com.google.protobuf.MessageLite;
import java.io.IOException;

/// Serves one kind of request while its bulk payload still arrives; else like a [Handler].
@FunctionalInterface
public interface StreamingHandler<Q extends MessageLite, R extends MessageLite> {

  /// Must take the stream to its end before it answers [Outcome.Done]. What it leaves of it with
  /// [Outcome.Refused] is read and dropped. `exchange.bulk()` is of no use here: see
  /// [BulkStream#whole].
  ///
  /// @param request parsed; its values are not yet checked
  /// @throws IOException what the stream threw: the connection is closed without an answer
  Outcome<R> handle(Q request, Exchange exchange, BulkStream bulk) throws IOException;
}
