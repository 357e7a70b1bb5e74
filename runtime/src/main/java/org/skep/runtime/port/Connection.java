package org.skep.runtime.port;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/// One stream of bytes to another process, used by one thread at a time; [#close] may be called by
/// any thread and ends the other's wait with an IOException. Buffers may be direct or not; direct
/// ones are moved without a copy.
public interface Connection extends Closeable {

  /// How long a single read or write may take before it fails with a
  /// [java.net.SocketTimeoutException]; 0: for ever. After it the buffers' positions say how far it
  /// came, and the next call goes on from there.
  void setTimeoutNanos(long nanos) throws IOException;

  /// Reads until `into` is full (its position becomes its limit).
  ///
  /// @throws java.io.EOFException if the peer closed, before or in the middle
  void readFully(ByteBuffer into) throws IOException;

  /// Writes all bytes of all buffers, in order, as one gathered write where the system can;
  /// positions become limits.
  void writeFully(ByteBuffer... from) throws IOException;

  /// Waits until there is something to read (or the peer closed), at most that long.
  ///
  /// @return false if the time has passed
  boolean awaitReadable(long nanos) throws IOException;

  /// Calls `wake` once, from a thread of the network, when there is something to read or the peer
  /// closed, or the connection is closed here. `wake` must not block. Until then no other method
  /// but [#close] may be called.
  void whenReadable(Runnable wake) throws IOException;

  /// The peer, for logs.
  String peer();

  @Override
  void close();
}
