package org.skep.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.runtime.port.Ports;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.runtime.rpc.RpcServer;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.Secret;
import org.skep.wire.message.Empty;
import org.skep.wire.message.HeartbeatReply;
import org.skep.wire.message.RegisterReply;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.StatusReply;
import org.skep.wire.message.TargetClaim;
import org.skep.wire.message.WatchMapReply;

/// Management in as few lines as a metadata server needs: gives out ids and shards.
final class FakeManagement {
  static final String CLUSTER_ID = "fake-cluster";

  final RpcServer server;
  volatile ClusterMap map = ClusterMap.EMPTY;
  // guarded by this
  private final Map<String, Integer> targetIds = new TreeMap<>();
  // guarded by this
  private final Set<Integer> spares = new TreeSet<>();

  FakeManagement(Ports ports, Endpoint endpoint, Secret secret) {
    Dispatcher dispatcher =
        new Dispatcher()
            .on(Operations.REGISTER, this::register)
            .on(
                Operations.HEARTBEAT,
                (request, exchange) -> Outcome.done(HeartbeatReply.getDefaultInstance()))
            .on(Operations.LEAVE, (request, exchange) -> Outcome.done(Empty.getDefaultInstance()))
            .on(
                Operations.STATUS,
                (request, exchange) -> Outcome.done(StatusReply.getDefaultInstance()))
            .on(
                Operations.WATCH_MAP,
                (request, exchange) -> Outcome.done(WatchMapReply.getDefaultInstance()));
    server =
        new RpcServer(
            ports,
            new RpcServer.Settings(
                NodeKind.MANAGEMENT,
                List.of(endpoint),
                secret,
                () -> CLUSTER_ID,
                1,
                () -> map.version(),
                ServerLimits.DEFAULT),
            dispatcher);
  }

  private synchronized Outcome<RegisterReply> register(RegisterRequest request, Exchange exchange) {
    List<Integer> ids = new ArrayList<>();
    for (TargetClaim claim : request.getTargetsList()) {
      ids.add(targetIds.computeIfAbsent(claim.getUuid(), uuid -> 1 + targetIds.size()));
      if (claim.getKeptSpare()) {
        spares.add(ids.getLast());
      }
    }
    try {
      Node node = MapCodec.of(request.getNode().toBuilder().setId(1).build());
      List<Target> targets = new ArrayList<>();
      List<BuddyGroup> shards = new ArrayList<>();
      targetIds.forEach((uuid, id) -> {
        boolean spare = spares.contains(id);
        targets.add(
            new Target(
                NodeKind.METADATA,
                id,
                1,
                uuid,
                1,
                Reachability.ONLINE,
                Consistency.GOOD,
                1,
                spare));
        if (!spare) {
          shards.add(new BuddyGroup(NodeKind.METADATA, id, id, BuddyGroup.NONE, 1));
        }
      });
      map = ClusterMap.of(map.version() + 1, CLUSTER_ID, 1, List.of(node), targets, shards);
    } catch (MalformedFrameException e) {
      return Outcome.refused(Failure.malformed(e.getMessage()));
    }
    return Outcome.done(
        RegisterReply.newBuilder()
            .setClusterId(CLUSTER_ID)
            .setNodeId(1)
            .addAllTargetIds(ids)
            .setMap(MapCodec.message(map))
            .build());
  }
}
