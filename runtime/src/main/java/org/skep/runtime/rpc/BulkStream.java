package org.skep.runtime.rpc;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.wire.MalformedFrameException;

/// The bulk payload of a request, piece by piece as it arrives. Belongs to the handler's thread,
/// but for [#breakOff].
public interface BulkStream {
  int PIECE_BYTES = 256 << 10;

  /// The length of the whole; may be 0.
  int totalBytes();

  /// CRC32C of the whole, as the frame's header says.
  int crc();

  /// Waits for the next piece: [#PIECE_BYTES], the last one less. It is a view of the connection's
  /// buffer, in which the pieces stand one after the other.
  ///
  /// @return null at the end: the checksum of the whole was right
  /// @throws MalformedFrameException instead of the end: the checksum is wrong
  /// @throws IOException if the connection broke, stalled for too long, or was broken off
  @Nullable ByteBuffer next() throws IOException;

  /// All of it, position 0 to its length: the connection's direct buffer.
  ///
  /// @throws IllegalStateException if [#next] has not given the end yet
  ByteBuffer whole();

  /// Ends a wait in [#next], and all later ones, with an IOException, unless the end was reached:
  /// the connection is closed. Any thread may call it. For a server that must not wait for a peer
  /// that has stopped in the middle.
  void breakOff();
}
