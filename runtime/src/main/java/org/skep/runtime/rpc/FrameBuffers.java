package org.skep.runtime.rpc;

import java.nio.ByteBuffer;
import org.skep.wire.FrameHeader;

/// Direct memory for the frames of one connection at a time: headers and small messages. Belongs to
/// one thread at a time.
public final class FrameBuffers {

  /// A message is received in pieces of this size, so that memory grows only as bytes arrive.
  static final int STEP_BYTES = 16 << 10;

  final ByteBuffer header = ByteBuffer.allocateDirect(FrameHeader.BYTES);
  final ByteBuffer step = ByteBuffer.allocateDirect(STEP_BYTES);

  /// Header and message of a frame that goes out.
  final ByteBuffer out = ByteBuffer.allocateDirect(FrameHeader.BYTES + STEP_BYTES);
}
