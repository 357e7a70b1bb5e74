package org.skep.storage.operation;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkStatus;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChunkState;

/// The frame of every operation: finds the target, and turns failures of its disk into answers.
abstract class ChunkOperation<Q extends MessageLite, R extends MessageLite>
    implements Handler<Q, R> {
  private final ServedTargets targets;

  ChunkOperation(ServedTargets targets) {
    this.targets = targets;
  }

  @Override
  public final Outcome<R> handle(Q request, Exchange exchange) {
    try {
      StorageTarget target = targets.find(exchange.header());
      try {
        return serve(request, target, exchange);
      } catch (IOException e) {
        return Outcome.refused(target.failure(e));
      }
    } catch (RefusedException e) {
      return Outcome.refused(e.failure());
    }
  }

  /// Checks the request's values, and does it.
  abstract Outcome<R> serve(Q request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException;

  static Outcome<ChunkState> done(ChunkStatus status) {
    return Outcome.done(
        ChunkState.newBuilder()
            .setLength(status.lengthBytes())
            .setAllocatedBytes(status.allocatedBytes())
            .setDurability(status.durability())
            .build());
  }
}
