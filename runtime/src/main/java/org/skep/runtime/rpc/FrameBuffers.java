package org.skep.runtime.rpc;

import java.nio.ByteBuffer;
import org.skep.runtime.port.Memory;
import org.skep.wire.FrameHeader;

/// Memory for the frames of one connection at a time: headers and small messages. Belongs to one
/// thread at a time.
public final class FrameBuffers {

  /// A message is received in pieces of this size, so that memory grows only as bytes arrive.
  static final int STEP_BYTES = 16 << 10;

  final ByteBuffer header = Memory.allocate(FrameHeader.BYTES);
  final ByteBuffer step = Memory.allocate(STEP_BYTES);

  /// Header and message of a frame that goes out.
  final ByteBuffer out = Memory.allocate(FrameHeader.BYTES + STEP_BYTES);
}
