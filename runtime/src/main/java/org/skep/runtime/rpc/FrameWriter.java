package org.skep.runtime.rpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Connection;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.Limits;

/// Writes frames to a connection, each as one gathered write. Belongs to one thread at a time.
public final class FrameWriter {
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);
  private static final ByteBuffer[] PIECE_ONLY = {NOTHING};

  private final Connection connection;
  private final Clock clock;
  private final FrameBuffers buffers;

  /// Header and message that wait, with room for a piece at the end.
  private ByteBuffer[] pending = PIECE_ONLY;

  public FrameWriter(Connection connection, Clock clock, FrameBuffers buffers) {
    this.connection = connection;
    this.clock = clock;
    this.buffers = buffers;
  }

  /// Writes a frame with the header's fields; lengths and checksums are put in here.
  ///
  /// @param bulk from position to limit, which stay as they are
  /// @throws IllegalArgumentException if message or bulk are larger than a frame may carry
  /// @throws SocketTimeoutException if the peer does not take it until `deadline` (looked at in
  ///   ticks of the connection's time-out)
  public void write(
      FrameKind kind,
      int operation,
      long requestId,
      RequestHeader fields,
      MessageLite message,
      @Nullable ByteBuffer bulk,
      long deadline)
      throws IOException {
    int bulkBytes = bulk == null ? 0 : bulk.remaining();
    int bulkCrc = bulk == null ? 0 : FrameHeader.bulkCrc(bulk);
    prepare(kind, operation, requestId, fields, message, bulkBytes, bulkCrc);
    writePiece(bulk == null ? NOTHING : bulk, deadline);
  }

  /// Keeps a frame's header and message for the first [#writePiece], which takes them along.
  ///
  /// @param bulkBytes how many bytes of bulk payload [#writePiece] will write, all together
  /// @param bulkCrc of all of them
  void prepare(
      FrameKind kind,
      int operation,
      long requestId,
      RequestHeader fields,
      MessageLite message,
      int bulkBytes,
      int bulkCrc)
      throws IOException {
    int messageBytes = message.getSerializedSize();
    checkSizes(messageBytes, bulkBytes);
    FrameHeader header =
        new FrameHeader(
            kind,
            operation,
            requestId,
            messageBytes,
            bulkBytes,
            bulkCrc,
            fields.destination(),
            fields.epoch(),
            fields.sequence(),
            fields.mark(),
            fields.flags());
    ByteBuffer out = buffers.out.clear();
    if (messageBytes <= FrameBuffers.STEP_BYTES) {
      ByteBuffer small = out.slice(FrameHeader.BYTES, messageBytes);
      serialize(message, small.duplicate());
      header.encode(out, small);
      pending = new ByteBuffer[] {out.limit(FrameHeader.BYTES + messageBytes), NOTHING};
    } else {
      ByteBuffer large = ByteBuffer.wrap(message.toByteArray());
      header.encode(out, large);
      pending = new ByteBuffer[] {out.limit(FrameHeader.BYTES), large, NOTHING};
    }
  }

  /// Writes some of the bulk payload, and what [#prepare] has left, in one gathered write.
  ///
  /// @param piece from position to limit, which stay as they are
  void writePiece(ByteBuffer piece, long deadline) throws IOException {
    ByteBuffer[] all = pending;
    pending = PIECE_ONLY;
    if (all.length == 1) {
      send(deadline, piece.duplicate());
    } else {
      all[all.length - 1] = piece.duplicate();
      send(deadline, all);
    }
  }

  /// Writes what [#prepare] has left, if there is something.
  void writePending(long deadline) throws IOException {
    if (pending.length > 1) {
      writePiece(NOTHING, deadline);
    }
  }

  private static void checkSizes(int messageBytes, int bulkBytes) {
    if (messageBytes > Limits.MESSAGE_BYTES_MAX || bulkBytes > Limits.BULK_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a frame can't carry " + messageBytes + " bytes of message, " + bulkBytes + " of bulk");
    }
  }

  private static void serialize(MessageLite message, ByteBuffer into) throws IOException {
    CodedOutputStream stream = CodedOutputStream.newInstance(into);
    message.writeTo(stream);
    stream.flush();
  }

  private void send(long deadline, ByteBuffer... pieces) throws IOException {
    while (true) {
      try {
        connection.writeFully(pieces);
        return;
      } catch (SocketTimeoutException e) {
        if (clock.nanoTime() - deadline >= 0) {
          throw e;
        }
      }
    }
  }
}
