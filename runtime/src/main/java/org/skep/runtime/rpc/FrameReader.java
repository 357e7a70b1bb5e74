package org.skep.runtime.rpc;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Connection;
import org.skep.wire.FrameHeader;
import org.skep.wire.MalformedFrameException;

/// Reads frames from a connection: [#readHeader], [#readMessage], [#readBulk], in this order.
/// Everything is checked before it is given out. Belongs to one thread at a time.
///
/// Memory: a message's array starts with 16 KiB and at most doubles what has arrived, whatever
/// length the header claims.
///
/// The connection's own time-out is the tick in which deadlines are looked at.
public final class FrameReader {
  private final Connection connection;
  private final Clock clock;
  private final FrameBuffers buffers;

  public FrameReader(Connection connection, Clock clock, FrameBuffers buffers) {
    this.connection = connection;
    this.clock = clock;
    this.buffers = buffers;
  }

  /// Waits for a frame and reads its header, within the connection's time-out.
  ///
  /// @param frameNanos how long the header may take once its first byte is there
  /// @return null if nothing came within the connection's time-out
  /// @throws SocketTimeoutException if it stalled in the middle
  public @Nullable FrameHeader tryReadHeader(int messageBytesMax, int bulkBytesMax, long frameNanos)
      throws IOException {
    ByteBuffer header = buffers.header.clear();
    try {
      connection.readFully(header);
    } catch (SocketTimeoutException e) {
      if (header.position() == 0) {
        return null;
      }
      fill(header, clock.nanoTime() + frameNanos);
    }
    return FrameHeader.decode(header, messageBytesMax, bulkBytesMax);
  }

  /// Reads a header that must be there by `deadline` (of the clock's nanoTime).
  public FrameHeader readHeader(int messageBytesMax, int bulkBytesMax, long deadline)
      throws IOException {
    ByteBuffer header = buffers.header.clear();
    fill(header, deadline);
    return FrameHeader.decode(header, messageBytesMax, bulkBytesMax);
  }

  /// The message of the header read last, with the frame's checksum verified.
  public byte[] readMessage(FrameHeader header, long deadline) throws IOException {
    int messageBytes = header.messageBytes();
    byte[] message = new byte[Math.min(messageBytes, FrameBuffers.STEP_BYTES)];
    int done = 0;
    while (done < messageBytes) {
      ByteBuffer step = buffers.step.clear();
      step.limit(Math.min(step.capacity(), messageBytes - done));
      fill(step, deadline);
      step.flip();
      int bytes = step.remaining();
      if (done + bytes > message.length) {
        message = Arrays.copyOf(message, (int) Math.min(messageBytes, 2L * message.length));
      }
      step.get(message, done, bytes);
      done += bytes;
    }
    FrameHeader.verify(buffers.header, ByteBuffer.wrap(message));
    return message;
  }

  /// Reads the bulk payload straight into `into` from its position on, which is moved by its
  /// length, and verifies its checksum.
  ///
  /// @throws MalformedFrameException if it does not fit, or the checksum is wrong (what is in the
  ///   buffer then is worth nothing)
  public void readBulk(FrameHeader header, ByteBuffer into, long deadline) throws IOException {
    int bulkBytes = header.bulkBytes();
    if (bulkBytes > into.remaining()) {
      throw new MalformedFrameException(
          "bulk payload of " + bulkBytes + " bytes where " + into.remaining() + " are expected");
    }
    if (bulkBytes == 0) {
      return;
    }
    int limit = into.limit();
    int start = into.position();
    into.limit(start + bulkBytes);
    try {
      fill(into, deadline);
      if (FrameHeader.bulkCrc(into.duplicate().position(start)) != header.bulkCrc()) {
        throw new MalformedFrameException("checksum of the bulk payload is wrong");
      }
    } finally {
      into.limit(limit);
    }
  }

  /// Reads and drops so many bytes of a bulk payload.
  void skip(int bytes, long deadline) throws IOException {
    for (int rest = bytes; rest > 0; ) {
      ByteBuffer step = buffers.step.clear();
      fill(step.limit(Math.min(step.capacity(), rest)), deadline);
      rest -= step.position();
    }
  }

  /// Reads until `into` is full.
  void fill(ByteBuffer into, long deadline) throws IOException {
    while (into.hasRemaining()) {
      try {
        connection.readFully(into);
      } catch (SocketTimeoutException e) {
        if (clock.nanoTime() - deadline >= 0) {
          throw e;
        }
      }
    }
  }
}
