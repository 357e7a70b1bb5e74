package org.skep.runtime.twin;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.nio.ByteBuffer;
import org.skep.runtime.port.Connection;

/// A connection whose peer has said everything already and then closed: for decoders, on one
/// thread.
public final class MemoryConnection implements Connection {
  private final ByteBuffer input;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();

  public MemoryConnection(ByteBuffer input) {
    this.input = input;
  }

  /// What was written so far.
  public byte[] output() {
    return output.toByteArray();
  }

  @Override
  public void setTimeoutNanos(long nanos) {}

  @Override
  public void readFully(ByteBuffer into) throws EOFException {
    int bytes = Math.min(into.remaining(), input.remaining());
    into.put(input.slice(input.position(), bytes));
    input.position(input.position() + bytes);
    if (into.hasRemaining()) {
      throw new EOFException("the end");
    }
  }

  @Override
  public void writeFully(ByteBuffer... from) {
    for (ByteBuffer piece : from) {
      byte[] bytes = new byte[piece.remaining()];
      piece.get(bytes);
      output.writeBytes(bytes);
    }
  }

  @Override
  public boolean awaitReadable(long nanos) {
    return true;
  }

  @Override
  public void whenReadable(Runnable wake) {
    wake.run();
  }

  @Override
  public String peer() {
    return "memory";
  }

  @Override
  public void close() {}
}
