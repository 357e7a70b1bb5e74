package org.skep.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
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
import org.skep.wire.message.HeartbeatRequest;
import org.skep.wire.message.InodesExistReply;
import org.skep.wire.message.InodesExistRequest;
import org.skep.wire.message.LeaveRequest;
import org.skep.wire.message.RegisterReply;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.TargetClaim;
import org.skep.wire.message.WatchMapReply;
import org.skep.wire.message.WatchMapRequest;

/// Management and one metadata shard (1, on node 1) in as few lines as a storage server needs:
/// gives out ids, remembers heartbeats, and knows which inodes live.
final class FakeCluster {
  static final String CLUSTER_ID = "fake-cluster";
  private static final int SHARD = 1;

  final ConcurrentLinkedQueue<HeartbeatRequest> heartbeats = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<LeaveRequest> leaves = new ConcurrentLinkedQueue<>();
  final ConcurrentSkipListSet<Long> livingInodes = new ConcurrentSkipListSet<>();
  private final List<Endpoint> endpoints;
  private final RpcServer management;
  private final RpcServer metadata;
  // guarded by this
  private final Map<String, Integer> targetIds = new TreeMap<>();
  private volatile ClusterMap map = ClusterMap.EMPTY;

  FakeCluster(Ports ports, Endpoint endpoint, Endpoint shard, Secret secret) {
    endpoints = List.of(endpoint);
    Dispatcher dispatcher =
        new Dispatcher()
            .on(Operations.REGISTER, this::register)
            .on(Operations.HEARTBEAT, this::heartbeat)
            .on(Operations.LEAVE, this::leave)
            .on(Operations.WATCH_MAP, this::watch);
    management = server(ports, NodeKind.MANAGEMENT, endpoint, secret, 1, dispatcher);
    metadata =
        server(
            ports,
            NodeKind.METADATA,
            shard,
            secret,
            7,
            new Dispatcher().on(Operations.INODES_EXIST, this::inodesExist));
    shardEndpoint = shard;
  }

  private final Endpoint shardEndpoint;

  private RpcServer server(
      Ports ports,
      NodeKind kind,
      Endpoint endpoint,
      Secret secret,
      long incarnation,
      Dispatcher dispatcher) {
    return new RpcServer(
        ports,
        new RpcServer.Settings(
            kind,
            List.of(endpoint),
            secret,
            () -> CLUSTER_ID,
            incarnation,
            () -> map.version(),
            ServerLimits.DEFAULT),
        dispatcher);
  }

  List<Endpoint> endpoints() {
    return endpoints;
  }

  ClusterMap map() {
    return map;
  }

  void start() throws IOException {
    management.start();
    metadata.start();
  }

  void stop() {
    management.stop();
    metadata.stop();
  }

  private synchronized Outcome<RegisterReply> register(RegisterRequest request, Exchange exchange) {
    List<Integer> ids = new ArrayList<>();
    for (TargetClaim claim : request.getTargetsList()) {
      ids.add(targetIds.computeIfAbsent(claim.getUuid(), uuid -> 101 + targetIds.size()));
    }
    try {
      Node node =
          MapCodec.of(
              request.getNode().toBuilder().setId(Math.max(1, request.getNode().getId())).build());
      map = mapWith(node, ids, request);
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

  private ClusterMap mapWith(Node storage, List<Integer> ids, RegisterRequest request) {
    Node shardNode =
        new Node(NodeKind.METADATA, 1, "host", storage.hostId(), 7, List.of(shardEndpoint));
    List<Target> targets = new ArrayList<>();
    targets.add(target(NodeKind.METADATA, SHARD, "shard"));
    for (int i = 0; i < ids.size(); i++) {
      targets.add(target(NodeKind.STORAGE, ids.get(i), request.getTargets(i).getUuid()));
    }
    return ClusterMap.of(
        map.version() + 1,
        CLUSTER_ID,
        SHARD,
        List.of(storage, shardNode),
        targets,
        List.of(new BuddyGroup(NodeKind.METADATA, SHARD, SHARD, BuddyGroup.NONE, 1)));
  }

  private static Target target(NodeKind kind, int id, String uuid) {
    return new Target(
        kind, id, 1, uuid, 1, Reachability.ONLINE, Consistency.GOOD, Target.DEFAULT_POOL);
  }

  private Outcome<HeartbeatReply> heartbeat(HeartbeatRequest request, Exchange exchange) {
    heartbeats.add(request);
    return Outcome.done(HeartbeatReply.getDefaultInstance());
  }

  private Outcome<Empty> leave(LeaveRequest request, Exchange exchange) {
    leaves.add(request);
    return Outcome.done(Empty.getDefaultInstance());
  }

  private Outcome<WatchMapReply> watch(WatchMapRequest request, Exchange exchange) {
    WatchMapReply.Builder reply = WatchMapReply.newBuilder();
    if (request.getMapVersion() < map.version()) {
      reply.setMap(MapCodec.message(map));
    }
    return Outcome.done(reply.build());
  }

  private Outcome<InodesExistReply> inodesExist(InodesExistRequest request, Exchange exchange) {
    return Outcome.done(
        InodesExistReply.newBuilder()
            .addAllExisting(
                request.getInodesList().stream().filter(livingInodes::contains).toList())
            .build());
  }
}
