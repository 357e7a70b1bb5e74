package org.skep.runtime.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.runtime.port.Clock;
import org.skep.wire.Failure;
import org.skep.wire.Operation;

/// Finds the handler of a request. Filled before the server starts; read by many threads then.
public final class Dispatcher {
  // by operation code; sorted, so that metrics come in a fixed order
  private final Map<Integer, Row<?, ?>> rows = new TreeMap<>();

  @FunctionalInterface
  private interface Body<Q extends MessageLite, R extends MessageLite> {
    Outcome<R> handle(Q request, Exchange exchange, @Nullable BulkStream bulk) throws IOException;
  }

  /// @param streamed whether the handler is called before the bulk payload has arrived
  private record Row<Q extends MessageLite, R extends MessageLite>(
      Operation<Q, R> operation, Body<Q, R> handler, boolean streamed, OperationMetrics metrics) {

    Outcome<? extends MessageLite> answer(
        byte[] message, Exchange exchange, @Nullable BulkStream bulk) throws IOException {
      Q request;
      try {
        request = operation.requestParser().parseFrom(message);
      } catch (InvalidProtocolBufferException e) {
        return Outcome.refused(
            Failure.malformed("message of " + operation.name() + ": " + e.getMessage()));
      }
      return handler.handle(request, exchange, bulk);
    }
  }

  /// @throws IllegalStateException if the operation has a handler already
  public <Q extends MessageLite, R extends MessageLite> Dispatcher on(
      Operation<Q, R> operation, Handler<Q, R> handler) {
    return add(operation, (request, exchange, _) -> handler.handle(request, exchange), false);
  }

  /// A handler that is called before the bulk payload has arrived.
  ///
  /// @throws IllegalStateException if the operation has a handler already
  public <Q extends MessageLite, R extends MessageLite> Dispatcher onStream(
      Operation<Q, R> operation, StreamingHandler<Q, R> handler) {
    Body<Q, R> body =
        (request, exchange, bulk) ->
            handler.handle(request, exchange, Objects.requireNonNull(bulk, operation.name()));
    return add(operation, body, true);
  }

  private <Q extends MessageLite, R extends MessageLite> Dispatcher add(
      Operation<Q, R> operation, Body<Q, R> handler, boolean streamed) {
    Row<Q, R> row = new Row<>(operation, handler, streamed, new OperationMetrics(operation.name()));
    if (rows.put(operation.code(), row) != null) {
      throw new IllegalStateException("two handlers for " + operation.name());
    }
    return this;
  }

  /// Whether the operation's handler takes the bulk payload as a stream.
  boolean streams(int code) {
    Row<?, ?> row = rows.get(code);
    return row != null && row.streamed();
  }

  /// What has been served so far, one row for each operation.
  public List<OperationMetrics.Snapshot> metrics() {
    return rows.values().stream().map(row -> row.metrics().snapshot()).toList();
  }

  /// Answers one request whose frame has been checked. What a handler throws is passed on.
  ///
  /// @param bulk null if the operation's handler takes no stream
  Outcome<? extends MessageLite> answer(
      byte[] message, Exchange exchange, @Nullable BulkStream bulk, Clock clock)
      throws IOException {
    int code = exchange.header().operation();
    Row<?, ?> row = rows.get(code);
    if (row == null) {
      return Outcome.refused(
          Failure.malformed("no operation 0x" + Integer.toHexString(code) + " is served here"));
    }
    if (row.operation().servers() && exchange.role() == NodeKind.CLIENT) {
      return Outcome.refused(
          Failure.errno(Errno.EPERM.number(), row.operation().name() + " is for servers only"));
    }
    long start = clock.nanoTime();
    Outcome<? extends MessageLite> outcome = row.answer(message, exchange, bulk);
    row.metrics()
        .count(
            outcome instanceof Outcome.Refused,
            exchange.header().bulkBytes(),
            bulkBytes(outcome),
            clock.nanoTime() - start);
    return outcome;
  }

  private static int bulkBytes(@Nullable Outcome<?> outcome) {
    return outcome instanceof Outcome.Done<?> done && done.bulk() != null
        ? done.bulk().remaining()
        : 0;
  }
}
