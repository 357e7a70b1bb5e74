package org.skep.runtime.rpc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Connection;
import org.skep.wire.FrameHeader;
import org.skep.wire.MalformedFrameException;

/// The bulk payload of one request, read from its connection on demand.
final class IncomingBulk implements BulkStream {
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

  private final FrameHeader header;
  private final FrameReader reader;
  private final Connection connection;
  private final ByteBuffer memory;
  private final long deadline;
  private final CRC32C crc = new CRC32C();
  private int doneBytes;
  private volatile boolean ended;

  /// @param memory null if there is no payload
  /// @param deadline of the clock's nanoTime, for the whole payload
  IncomingBulk(
      FrameHeader header,
      FrameReader reader,
      Connection connection,
      @Nullable ByteBuffer memory,
      long deadline) {
    this.header = header;
    this.reader = reader;
    this.connection = connection;
    this.memory = memory == null ? NOTHING : memory;
    this.deadline = deadline;
  }

  @Override
  public int totalBytes() {
    return header.bulkBytes();
  }

  @Override
  public int crc() {
    return header.bulkCrc();
  }

  @Override
  public @Nullable ByteBuffer next() throws IOException {
    if (doneBytes == totalBytes()) {
      if (totalBytes() > 0 && (int) crc.getValue() != crc()) {
        throw new MalformedFrameException("checksum of the bulk payload is wrong");
      }
      ended = true;
      return null;
    }
    int bytes = Math.min(PIECE_BYTES, totalBytes() - doneBytes);
    ByteBuffer piece = memory.slice(doneBytes, bytes);
    reader.fill(piece, deadline);
    crc.update(piece.flip());
    doneBytes += bytes;
    return piece.flip();
  }

  @Override
  public ByteBuffer whole() {
    if (!ended) {
      throw new IllegalStateException("the bulk payload is not there yet");
    }
    return memory.slice(0, totalBytes());
  }

  @Override
  public void breakOff() {
    if (!ended) {
      connection.close();
    }
  }

  /// Whether [#next] has given the end.
  boolean ended() {
    return ended;
  }

  /// Reads and drops what is left.
  void drain() throws IOException {
    reader.skip(totalBytes() - doneBytes, deadline);
    doneBytes = totalBytes();
  }
}
