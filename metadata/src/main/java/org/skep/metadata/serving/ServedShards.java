package org.skep.metadata.serving;

import com.google.protobuf.MessageLite;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.metadata.state.Call;
import org.skep.mirror.EpochGuard;
import org.skep.runtime.route.MapSource;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;

/// The shards that a process serves, and the way of a request to one of them. Any thread may call
/// it.
///
/// @param hosts by shard
public record ServedShards(EpochGuard guard, MapSource maps, Map<Integer, ShardHost> hosts) {

  /// Adds all operations on shards.
  ///
  /// @param served gives null until the shards are open: requests are told to try again
  public static Dispatcher register(
      Dispatcher dispatcher, Supplier<@Nullable ServedShards> served) {
    for (Operation<?, ?> operation : Operations.all()) {
      if (operation.destination() == Operation.Destination.SHARD) {
        register(dispatcher, operation, served);
      }
    }
    return dispatcher;
  }

  private static <Q extends MessageLite, R extends MessageLite> void register(
      Dispatcher dispatcher, Operation<Q, R> operation, Supplier<@Nullable ServedShards> served) {
    Dispatcher _ =
        dispatcher.on(
            operation,
            (request, exchange) -> {
              ServedShards now = served.get();
              return now == null
                  ? Outcome.refused(Failure.retry("the metadata server is starting"))
                  : now.serve(operation, request, exchange);
            });
  }

  private <Q extends MessageLite, R extends MessageLite> Outcome<R> serve(
      Operation<Q, R> operation, Q request, Exchange exchange) {
    Failure failure = guard.check(exchange.header());
    if (failure != null) {
      return Outcome.refused(failure);
    }
    int shard = exchange.header().destination();
    ShardHost host = hosts.get(shard);
    if (host == null) {
      return Outcome.refused(
          Failure.notServed("metadata shard " + shard, maps.current().version()));
    }
    boolean byClient = exchange.role() == NodeKind.CLIENT;
    Call call =
        new Call(
            operation.code(),
            byClient ? exchange.client() : Call.NO_CLIENT,
            byClient ? exchange.header().sequence() : 0,
            exchange.header().mark(),
            exchange::alive);
    return host.operations().handle(operation, request, call);
  }
}
