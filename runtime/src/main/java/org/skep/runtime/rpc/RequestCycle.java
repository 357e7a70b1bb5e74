package org.skep.runtime.rpc;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Connection;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.Limits;
import org.skep.wire.MalformedFrameException;

/// Serves one request from its first byte to its answer, on the calling thread. Without state of
/// its own, so that a fuzzer can drive it with any [Connection].
public final class RequestCycle {
  private final Dispatcher dispatcher;
  private final BulkBuffers bulkBuffers;
  private final Clock clock;
  private final LongSupplier mapVersion;
  private final long frameNanos;

  /// @param frameNanos how long a frame may take from its first byte on, either way
  public RequestCycle(
      Dispatcher dispatcher,
      BulkBuffers bulkBuffers,
      Clock clock,
      LongSupplier mapVersion,
      long frameNanos) {
    this.dispatcher = dispatcher;
    this.bulkBuffers = bulkBuffers;
    this.clock = clock;
    this.mapVersion = mapVersion;
    this.frameNanos = frameNanos;
  }

  /// How a cycle ended.
  public enum End {
    /// No request came within the connection's time-out.
    IDLE,
    ANSWERED,
    /// A request came and was dropped unseen: the caller may not begin any more.
    REVOKED
  }

  /// @throws IOException if the connection is of no use any more: lost, stalled, or the peer broke
  ///   the protocol
  public End run(Connection connection, FrameBuffers buffers, Caller caller) throws IOException {
    FrameReader reader = new FrameReader(connection, clock, buffers);
    FrameHeader header =
        reader.tryReadHeader(Limits.MESSAGE_BYTES_MAX, Limits.BULK_BYTES_MAX, frameNanos);
    if (header == null) {
      return End.IDLE;
    }
    long deadline = clock.nanoTime() + frameNanos;
    byte[] message = reader.readMessage(header, deadline);
    if (header.kind() != FrameKind.REQUEST) {
      throw new MalformedFrameException("a frame of kind " + header.kind() + " for a request");
    }
    if (caller.forwards() && (header.flags() & FrameHeader.FLAG_FORWARDED) == 0) {
      throw new MalformedFrameException("a request of its own from a primary that forwards");
    }
    try (Current exchange = new Current(header, caller)) {
      boolean streamed = dispatcher.streams(header.operation());
      if (header.bulkBytes() > 0 && !streamed) {
        reader.readBulk(header, exchange.memory(), deadline);
        exchange.memory().flip();
      }
      IncomingBulk bulk = streamed ? exchange.stream(reader, connection, deadline) : null;
      if (!caller.begin()) {
        return End.REVOKED;
      }
      Outcome<? extends MessageLite> outcome;
      try {
        outcome = dispatcher.answer(message, exchange, bulk, clock);
      } finally {
        caller.end();
      }
      if (bulk != null && !bulk.ended()) {
        finish(bulk, header, outcome);
      }
      answer(new FrameWriter(connection, clock, buffers), header, outcome);
    }
    return End.ANSWERED;
  }

  /// Takes what a handler has left of its stream, so that the connection can be used on.
  private static void finish(IncomingBulk bulk, FrameHeader header, Outcome<?> outcome)
      throws IOException {
    if (outcome instanceof Outcome.Done) {
      throw new IllegalStateException(
          "operation 0x"
              + Integer.toHexString(header.operation())
              + " was done without its bulk payload");
    }
    bulk.drain();
  }

  private void answer(
      FrameWriter writer, FrameHeader request, Outcome<? extends MessageLite> outcome)
      throws IOException {
    long batch = outcome instanceof Outcome.Done<?> done ? done.batch() : 0;
    RequestHeader fields =
        new RequestHeader(
            request.destination(), batch, 0, request.sequence(), mapVersion.getAsLong());
    long deadline = clock.nanoTime() + frameNanos;
    switch (outcome) {
      case Outcome.Done<? extends MessageLite>(MessageLite reply, ByteBuffer bulk, long _) ->
          writer.write(
              FrameKind.REPLY,
              request.operation(),
              request.requestId(),
              fields,
              reply,
              bulk,
              deadline);
      case Outcome.Refused<? extends MessageLite>(Failure failure) ->
          writer.write(
              FrameKind.FAILURE,
              request.operation(),
              request.requestId(),
              fields,
              failure.toMessage(),
              null,
              deadline);
    }
  }

  private final class Current implements Exchange, AutoCloseable {
    private final FrameHeader header;
    private final Caller caller;
    private @Nullable ByteBuffer memory;
    private @Nullable IncomingBulk stream;

    Current(FrameHeader header, Caller caller) {
      this.header = header;
      this.caller = caller;
    }

    ByteBuffer memory() {
      if (memory == null) {
        memory = bulkBuffers.take();
      }
      return memory;
    }

    IncomingBulk stream(FrameReader reader, Connection connection, long deadline) {
      ByteBuffer into = header.bulkBytes() > 0 ? memory() : null;
      IncomingBulk fresh = new IncomingBulk(header, reader, connection, into, deadline);
      stream = fresh;
      return fresh;
    }

    @Override
    public FrameHeader header() {
      return header;
    }

    @Override
    public long client() {
      return caller.client();
    }

    @Override
    public NodeKind role() {
      return caller.role();
    }

    @Override
    public ByteBuffer bulk() {
      if (stream != null) {
        return stream.whole();
      }
      return header.bulkBytes() == 0 ? memory().limit(0) : memory();
    }

    @Override
    public ByteBuffer answerBuffer() {
      return memory().clear();
    }

    @Override
    public boolean alive() {
      // While bulk payload comes in, there is always something to read.
      return (stream != null && !stream.ended()) || caller.alive();
    }

    @Override
    public void close() {
      if (memory != null) {
        bulkBuffers.give(memory);
        memory = null;
      }
    }
  }
}
