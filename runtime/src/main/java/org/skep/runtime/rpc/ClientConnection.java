package org.skep.runtime.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Connection;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.Limits;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.Operation;
import org.skep.wire.message.FailureMessage;

/// One authenticated connection of a client, with its memory. Carries one request at a time;
/// belongs to the thread that took it from its pool, but any may [#close] it.
final class ClientConnection {
  private static final long SECOND = 1_000_000_000L;
  private static final long MILLISECOND = 1_000_000L;
  private static final ByteBuffer NO_BULK = ByteBuffer.allocate(0);

  private final Connection connection;
  private final Clock clock;
  private final long fence;
  private final FrameReader reader;
  private final FrameWriter writer;
  private long tickNanos;
  private long requests;
  private long timeoutNanos;

  // guarded by the pool's gate
  long idleSince;
  boolean dropped;

  // What is being asked, for lists of waits; written by the holder, read by anybody.
  volatile @Nullable String operation;
  volatile long callSince;

  ClientConnection(Connection connection, Clock clock, FrameBuffers buffers, long fence) {
    this.connection = connection;
    this.clock = clock;
    this.fence = fence;
    reader = new FrameReader(connection, clock, buffers);
    writer = new FrameWriter(connection, clock, buffers);
  }

  long fence() {
    return fence;
  }

  /// What a request gave, and the server's map version.
  record Reply<R extends MessageLite>(Answer<R> answer, long mapVersion) {}

  /// @param bulkIn gets the answer's bulk payload from its position on, which is moved
  /// @throws IOException if it is not known whether the request was or will be served; the
  ///   connection is of no use any more
  <Q extends MessageLite, R extends MessageLite> Reply<R> call(
      Operation<Q, R> asked,
      Q request,
      RequestHeader header,
      @Nullable ByteBuffer bulkOut,
      @Nullable ByteBuffer bulkIn,
      long timeout)
      throws IOException {
    int bulkBytes = bulkOut == null ? 0 : bulkOut.remaining();
    int bulkCrc = bulkOut == null ? 0 : FrameHeader.bulkCrc(bulkOut);
    begin(asked, request, header, bulkBytes, bulkCrc, timeout);
    try {
      if (bulkOut != null) {
        sendPiece(bulkOut);
      }
      return finish(asked, bulkIn);
    } finally {
      operation = null;
    }
  }

  /// Begins a request whose bulk payload follows by [#sendPiece], and its answer by [#finish] or
  /// its end by [#abandon]. Nothing is sent before the first piece or [#finish].
  <Q extends MessageLite> void begin(
      Operation<Q, ?> asked,
      Q request,
      RequestHeader header,
      int bulkBytes,
      int bulkCrc,
      long timeout)
      throws IOException {
    callSince = clock.nanoTime();
    operation = asked.name();
    timeoutNanos = timeout;
    setTimeout(timeout);
    writer.prepare(
        FrameKind.REQUEST, asked.code(), ++requests, header, request, bulkBytes, bulkCrc);
  }

  void sendPiece(ByteBuffer piece) throws IOException {
    try {
      writer.writePiece(piece, callSince + timeoutNanos);
    } catch (SocketTimeoutException e) {
      throw timedOut(e);
    }
  }

  <Q extends MessageLite, R extends MessageLite> Reply<R> finish(Operation<Q, R> asked)
      throws IOException {
    try {
      return finish(asked, null);
    } finally {
      operation = null;
    }
  }

  /// The request is not waited for any more.
  void abandon() {
    operation = null;
  }

  private <Q extends MessageLite, R extends MessageLite> Reply<R> finish(
      Operation<Q, R> asked, @Nullable ByteBuffer bulkIn) throws IOException {
    long deadline = callSince + timeoutNanos;
    try {
      writer.writePending(deadline);
      FrameHeader answer =
          reader.readHeader(Limits.MESSAGE_BYTES_MAX, Limits.BULK_BYTES_MAX, deadline);
      byte[] message = reader.readMessage(answer, deadline);
      if (answer.requestId() != requests || answer.operation() != asked.code()) {
        throw new MalformedFrameException("the answer belongs to another request");
      }
      reader.readBulk(answer, bulkIn == null ? NO_BULK : bulkIn, deadline);
      return new Reply<>(parse(asked, answer, message), answer.mark());
    } catch (SocketTimeoutException e) {
      throw timedOut(e);
    }
  }

  private SocketTimeoutException timedOut(SocketTimeoutException cause) {
    SocketTimeoutException timedOut =
        new SocketTimeoutException(
            "no answer to " + operation + " for " + timeoutNanos / MILLISECOND + " ms");
    timedOut.initCause(cause);
    return timedOut;
  }

  /// Rounded up to a few different values, since each change costs system calls.
  private void setTimeout(long nanos) throws IOException {
    long step = nanos >= SECOND ? SECOND : MILLISECOND;
    long tick = (nanos + step - 1) / step * step;
    if (tick != tickNanos) {
      connection.setTimeoutNanos(tick);
      tickNanos = tick;
    }
  }

  private static <Q extends MessageLite, R extends MessageLite> Answer<R> parse(
      Operation<Q, R> asked, FrameHeader answer, byte[] message) throws IOException {
    try {
      return switch (answer.kind()) {
        case REPLY ->
            new Answer.Done<>(
                asked.replyParser().parseFrom(message), answer.bulkBytes(), answer.epoch());
        case FAILURE ->
            new Answer.Refused<>(Failure.of(FailureMessage.parser().parseFrom(message)));
        case HELLO, CHALLENGE, PROOF, WELCOME, REQUEST ->
            throw new MalformedFrameException("a frame of kind " + answer.kind() + " for a reply");
      };
    } catch (InvalidProtocolBufferException e) {
      throw new MalformedFrameException("reply of " + asked.name() + ": " + e.getMessage());
    }
  }

  /// Whether the server has closed it while it was idle.
  boolean lost() {
    try {
      return connection.awaitReadable(0);
    } catch (IOException e) {
      return true;
    }
  }

  void close() {
    connection.close();
  }
}
