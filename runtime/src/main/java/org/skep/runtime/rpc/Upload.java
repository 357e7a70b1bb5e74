package org.skep.runtime.rpc;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.skep.wire.Answer;

/// A request whose bulk payload is sent piece by piece; belongs to one thread. It holds one
/// connection until [#finish] or [#close].
public interface Upload<R extends MessageLite> extends AutoCloseable {

  /// Sends the next bytes, from position to limit, which stay as they are. The first piece takes
  /// header and message along.
  ///
  /// @throws IOException if the connection was lost
  /// @throws IllegalArgumentException if that is more than was announced
  void send(ByteBuffer piece) throws IOException;

  /// Waits for the answer, after all bytes that were announced.
  ///
  /// @throws IOException if the connection was lost: it is not known whether the request took or
  ///   will take effect
  /// @throws IllegalStateException if bytes are missing
  Answer<R> finish() throws IOException;

  /// Without a [#finish] that gave an answer: the connection is failed and the fence raised. Else
  /// nothing.
  @Override
  void close();
}
