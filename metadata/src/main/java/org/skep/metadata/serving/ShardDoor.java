package org.skep.metadata.serving;

import com.google.protobuf.MessageLite;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.metadata.state.Call;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;

/// Where requests to shards come in. Any thread may call it.
public interface ShardDoor {

  /// Serves a request, if this process may.
  <Q extends MessageLite, R extends MessageLite> Outcome<R> serve(
      Operation<Q, R> operation, Q request, Exchange exchange);

  /// Who asks: a client, with the number of its request, or a server.
  static Call call(Operation<?, ?> operation, Exchange exchange) {
    boolean byClient = exchange.role() == NodeKind.CLIENT;
    return new Call(
        operation.code(),
        byClient ? exchange.client() : Call.NO_CLIENT,
        byClient ? exchange.header().sequence() : 0,
        exchange.header().mark(),
        exchange::alive);
  }

  /// Adds all operations on shards.
  ///
  /// @param door gives null until the targets are open: requests are told to try again
  static Dispatcher register(Dispatcher dispatcher, Supplier<? extends @Nullable ShardDoor> door) {
    for (Operation<?, ?> operation : Operations.all()) {
      if (operation.destination() == Operation.Destination.SHARD) {
        register(dispatcher, operation, door);
      }
    }
    return dispatcher;
  }

  private static <Q extends MessageLite, R extends MessageLite> void register(
      Dispatcher dispatcher,
      Operation<Q, R> operation,
      Supplier<? extends @Nullable ShardDoor> door) {
    Dispatcher _ =
        dispatcher.on(
            operation,
            (request, exchange) -> {
              ShardDoor now = door.get();
              return now == null
                  ? Outcome.refused(Failure.retry("the metadata server is starting"))
                  : now.serve(operation, request, exchange);
            });
  }
}
