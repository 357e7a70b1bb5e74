package org.skep.metadata.target;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.runtime.rpc.RpcServer;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.DemandResyncRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.HeartbeatReply;
import org.skep.wire.message.HeartbeatRequest;
import org.skep.wire.message.LeaveRequest;
import org.skep.wire.message.RegisterReply;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.ResyncedRequest;
import org.skep.wire.message.StatusReply;
import org.skep.wire.message.TargetReport;
import org.skep.wire.message.WatchMapReply;
import org.skep.wire.message.WatchMapRequest;

/// Management that does what the test says: server `a` is node 1 with target 1, `b` node 2 with
/// target 2. The shard 1 is the root's; target 2 is a spare, has the shard 2, or is in shard 1.
final class ScriptedManagement {
  static final String CLUSTER_ID = "scripted";
  static final int SHARD = 1;
  static final int A = 1;
  static final int B = 2;

  final ConcurrentLinkedQueue<TargetReport> reports = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<RegisterRequest> registrations = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<ResyncedRequest> resynced = new ConcurrentLinkedQueue<>();
  volatile int leaseMillis = 60_000;

  /// Whether a secondary that is resynced becomes Good.
  volatile boolean believes = true;

  private final RpcServer server;
  private final MapHolder maps;
  // all guarded by this
  private final SortedMap<Integer, Node> nodes = new TreeMap<>();
  private BuddyGroup shard = new BuddyGroup(NodeKind.METADATA, SHARD, A, BuddyGroup.NONE, 1, 0);
  private boolean ownShardOfB;
  private Consistency ofA = Consistency.GOOD;
  private Consistency ofB = Consistency.GOOD;
  private Reachability reachabilityOfB = Reachability.ONLINE;

  ScriptedManagement(Ports ports, Endpoint endpoint) {
    maps = new MapHolder(ports.clock());
    Dispatcher dispatcher =
        new Dispatcher()
            .on(Operations.REGISTER, this::register)
            .on(Operations.HEARTBEAT, this::heartbeat)
            .on(Operations.LEAVE, (LeaveRequest _, Exchange _) -> Outcome.done(empty()))
            .on(Operations.SUSPECT, (_, _) -> Outcome.done(empty()))
            .on(Operations.STATUS, (_, _) -> Outcome.done(StatusReply.getDefaultInstance()))
            .on(Operations.RESYNCED, this::resynced)
            .on(Operations.DEMAND_RESYNC, this::demand)
            .on(Operations.WATCH_MAP, this::watch);
    server =
        new RpcServer(
            ports,
            new RpcServer.Settings(
                NodeKind.MANAGEMENT,
                List.of(endpoint),
                null,
                () -> CLUSTER_ID,
                1,
                () -> maps.current().version(),
                ServerLimits.DEFAULT),
            dispatcher);
  }

  private static Empty empty() {
    return Empty.getDefaultInstance();
  }

  void start() throws IOException {
    server.start();
  }

  void stop() {
    server.stop();
  }

  ClusterMap map() {
    return maps.current();
  }

  /// Another epoch: both are members; who is primary, and what both are worth.
  synchronized void decide(int primary, Consistency a, Consistency b) {
    ofA = a;
    ofB = b;
    ownShardOfB = false;
    shard =
        new BuddyGroup(
            NodeKind.METADATA, SHARD, primary, A + B - primary, shard.epoch() + 1, shard.losses());
    publish();
  }

  /// B is a spare again.
  synchronized void single() {
    shard =
        new BuddyGroup(
            NodeKind.METADATA, SHARD, A, BuddyGroup.NONE, shard.epoch() + 1, shard.losses());
    publish();
  }

  synchronized void lose() {
    shard =
        new BuddyGroup(
            NodeKind.METADATA,
            SHARD,
            shard.primary(),
            shard.secondary(),
            shard.epoch() + 1,
            shard.losses() + 1);
    publish();
  }

  /// B has a shard of its own.
  synchronized void giveShardToB() {
    ownShardOfB = true;
    publish();
  }

  synchronized void reachabilityOfB(Reachability reachability) {
    reachabilityOfB = reachability;
    publish();
  }

  private synchronized void publish() {
    List<Target> targets = new ArrayList<>();
    nodes.keySet().forEach(id -> targets.add(target(id)));
    List<BuddyGroup> groups = new ArrayList<>();
    if (nodes.size() == 2 || !shard.isPair()) {
      groups.add(shard);
    }
    if (ownShardOfB && nodes.containsKey(B)) {
      groups.add(new BuddyGroup(NodeKind.METADATA, B, B, BuddyGroup.NONE, 1, 0));
    }
    targets.add(
        new Target(NodeKind.STORAGE, 9, 9, "uuid9", 1, Reachability.ONLINE, Consistency.GOOD, 1));
    List<Node> all = new ArrayList<>(nodes.values());
    all.add(new Node(NodeKind.STORAGE, 9, "s", "s", 9, List.of(new Endpoint.Tcp("localhost", 1))));
    maps.offer(
        ClusterMap.of(maps.current().version() + 1, CLUSTER_ID, SHARD, all, targets, groups));
  }

  private Target target(int node) {
    return new Target(
        NodeKind.METADATA,
        node,
        node,
        "uuid" + node,
        1,
        node == 1 ? Reachability.ONLINE : reachabilityOfB,
        node == 1 ? ofA : ofB,
        Target.DEFAULT_POOL);
  }

  private synchronized Outcome<RegisterReply> register(RegisterRequest request, Exchange exchange) {
    registrations.add(request);
    int id = request.getNode().getName().equals("a") ? 1 : 2;
    try {
      nodes.put(id, MapCodec.of(request.getNode().toBuilder().setId(id).build()));
    } catch (MalformedFrameException e) {
      return Outcome.refused(Failure.malformed(e.getMessage()));
    }
    publish();
    return Outcome.done(
        RegisterReply.newBuilder()
            .setClusterId(CLUSTER_ID)
            .setNodeId(id)
            .addTargetIds(id)
            .setMap(MapCodec.message(maps.current()))
            .build());
  }

  private Outcome<HeartbeatReply> heartbeat(HeartbeatRequest request, Exchange exchange) {
    reports.addAll(request.getReportsList());
    return Outcome.done(
        HeartbeatReply.newBuilder().setIntervalMillis(50).setLeaseMillis(leaseMillis).build());
  }

  private synchronized Outcome<Empty> resynced(ResyncedRequest request, Exchange exchange) {
    resynced.add(request);
    if (request.getEpoch() != shard.epoch()) {
      return Outcome.refused(Failure.errno(Errno.ESTALE.number(), "another epoch"));
    }
    if (!believes) {
      return Outcome.refused(Failure.errno(Errno.EBUSY.number(), "the test does not want it"));
    }
    decide(shard.primary(), Consistency.GOOD, Consistency.GOOD);
    return Outcome.done(empty());
  }

  private synchronized Outcome<Empty> demand(DemandResyncRequest request, Exchange exchange) {
    boolean a = request.getSecondary() == A;
    decide(
        shard.primary(),
        a ? Consistency.NEEDS_RESYNC : Consistency.GOOD,
        a ? Consistency.GOOD : Consistency.NEEDS_RESYNC);
    return Outcome.done(empty());
  }

  private Outcome<WatchMapReply> watch(WatchMapRequest request, Exchange exchange) {
    WatchMapReply.Builder reply = WatchMapReply.newBuilder();
    try {
      if (maps.awaitVersion(request.getMapVersion() + 1, 500_000_000L)) {
        reply.setMap(MapCodec.message(maps.current()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Outcome.done(reply.build());
  }
}
