package org.skep.runtime.rpc;

import com.google.protobuf.MessageLite;

/// Serves one kind of request, on the thread of its connection, from its first byte to its reply.
/// Many run at once.
@FunctionalInterface
public interface Handler<Q extends MessageLite, R extends MessageLite> {

  /// @param request parsed; its values are not yet checked
  Outcome<R> handle(Q request, Exchange exchange);
}
