package org.skep.cli.status;

import com.google.protobuf.MessageLite;
import java.util.List;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.runtime.membership.ManagementCaller;
import org.skep.runtime.membership.MapFollower;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.route.MapSource;
import org.skep.runtime.route.Router;
import org.skep.runtime.rpc.RpcClient;
import org.skep.wire.Answer;
import org.skep.wire.Operation;

/// An operator's line to the primaries of groups; follows them when they change.
public final class GroupConnection implements AutoCloseable {
  private final Router router;
  private final MapHolder maps;
  private final MapFollower follower;

  private GroupConnection(Router router, MapHolder maps, MapFollower follower) {
    this.router = router;
    this.maps = maps;
    this.follower = follower;
  }

  static GroupConnection start(
      Ports ports, RpcClient client, List<Endpoint> management, ClusterMap map, long waitNanos) {
    MapHolder maps = new MapHolder(ports.clock());
    maps.offer(map);
    MapFollower follower =
        new MapFollower(ports, ManagementCaller.of(ports.clock(), client, management), maps, null);
    follower.start();
    return new GroupConnection(
        new Router(ports, client, maps, new Router.Settings(waitNanos, waitNanos)), maps, follower);
  }

  /// Asks the primary of a metadata shard. Else like [#ask].
  public <Q extends MessageLite, R extends MessageLite> Answer<R> askShard(
      int shard, Operation<Q, R> operation, Q request) {
    return router.callShard(shard, operation, request, 0, 0);
  }

  /// Asks a storage target. Else like [#ask].
  public <Q extends MessageLite, R extends MessageLite> Answer<R> askTarget(
      int target, Operation<Q, R> operation, Q request) {
    return router.callStorage(false, target, operation, request, null, null);
  }

  /// Asks the primary of a storage group.
  ///
  /// @return its answer; EIO, saying what was waited for, if there was none in time
  public <Q extends MessageLite, R extends MessageLite> Answer<R> ask(
      int group, Operation<Q, R> operation, Q request) {
    return router.callStorage(true, group, operation, request, null, null);
  }

  /// For requests to any server.
  public Router router() {
    return router;
  }

  /// The newest map.
  public MapSource maps() {
    return maps;
  }

  @Override
  public void close() {
    follower.stop();
  }
}
