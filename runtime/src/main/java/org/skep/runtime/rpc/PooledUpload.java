package org.skep.runtime.rpc;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;
import org.skep.wire.Answer;
import org.skep.wire.Operation;

/// An upload over a connection of a pool, to which it goes back.
final class PooledUpload<Q extends MessageLite, R extends MessageLite> implements Upload<R> {
  private final ProcessPool pool;
  private final ClientConnection connection;
  private final Operation<Q, R> operation;
  private final LongConsumer mapVersions;
  private int missingBytes;
  private boolean over;

  /// @param missingBytes of bulk payload, all of it
  /// @param mapVersions hears of the server's map version
  PooledUpload(
      ProcessPool pool,
      ClientConnection connection,
      Operation<Q, R> operation,
      int missingBytes,
      LongConsumer mapVersions) {
    this.pool = pool;
    this.connection = connection;
    this.operation = operation;
    this.missingBytes = missingBytes;
    this.mapVersions = mapVersions;
  }

  @Override
  public void send(ByteBuffer piece) throws IOException {
    if (over || piece.remaining() > missingBytes) {
      throw new IllegalArgumentException(
          piece.remaining() + " bytes where " + (over ? 0 : missingBytes) + " are missing");
    }
    missingBytes -= piece.remaining();
    connection.sendPiece(piece);
  }

  @Override
  public Answer<R> finish() throws IOException {
    if (over || missingBytes > 0) {
      throw new IllegalStateException(
          operation.name() + (over ? " is over" : " lacks " + missingBytes + " bytes"));
    }
    ClientConnection.Reply<R> reply = connection.finish(operation);
    over = true;
    pool.give(connection);
    mapVersions.accept(reply.mapVersion());
    return reply.answer();
  }

  @Override
  public void close() {
    if (!over) {
      over = true;
      connection.abandon();
      pool.fail(connection);
    }
  }
}
