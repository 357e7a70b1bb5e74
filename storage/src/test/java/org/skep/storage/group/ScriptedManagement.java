package org.skep.storage.group;

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
import org.skep.wire.message.Empty;
import org.skep.wire.message.HeartbeatReply;
import org.skep.wire.message.HeartbeatRequest;
import org.skep.wire.message.LeaveRequest;
import org.skep.wire.message.RegisterReply;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.SuspectRequest;
import org.skep.wire.message.TargetReport;
import org.skep.wire.message.WatchMapReply;
import org.skep.wire.message.WatchMapRequest;

/// Management that does what the test says: server `a` is node 1 with target 101, `b` node 2 with
/// 102, and they are group 7.
final class ScriptedManagement {
  static final String CLUSTER_ID = "scripted";
  static final int GROUP = 7;
  static final int A = 101;
  static final int B = 102;

  final ConcurrentLinkedQueue<TargetReport> reports = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<LeaveRequest> leaves = new ConcurrentLinkedQueue<>();
  final ConcurrentLinkedQueue<RegisterRequest> registrations = new ConcurrentLinkedQueue<>();
  volatile int leaseMillis = 3000;

  /// What the next map says; no resync is begun with one that is not online.
  volatile Reachability reachabilityOfB = Reachability.ONLINE;

  private final RpcServer server;
  private final MapHolder maps;
  // all guarded by this
  private final SortedMap<Integer, Node> nodes = new TreeMap<>();
  private BuddyGroup group = new BuddyGroup(NodeKind.STORAGE, GROUP, A, B, 5, 0);
  private Consistency ofA = Consistency.GOOD;
  private Consistency ofB = Consistency.GOOD;

  ScriptedManagement(Ports ports, Endpoint endpoint) {
    maps = new MapHolder(ports.clock());
    Dispatcher dispatcher =
        new Dispatcher()
            .on(Operations.REGISTER, this::register)
            .on(Operations.HEARTBEAT, this::heartbeat)
            .on(Operations.LEAVE, this::leave)
            .on(Operations.SUSPECT, this::suspect)
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

  void start() throws IOException {
    server.start();
  }

  void stop() {
    server.stop();
  }

  ClusterMap map() {
    return maps.current();
  }

  /// Another epoch: who is primary, and what both are worth.
  synchronized void decide(int primary, Consistency a, Consistency b) {
    ofA = a;
    ofB = b;
    group =
        new BuddyGroup(
            NodeKind.STORAGE, GROUP, primary, A + B - primary, group.epoch() + 1, group.losses());
    publish();
  }

  private synchronized void publish() {
    List<Target> targets = new ArrayList<>();
    nodes.keySet().forEach(id -> targets.add(target(id)));
    maps.offer(
        ClusterMap.of(
            maps.current().version() + 1,
            CLUSTER_ID,
            0,
            nodes.values(),
            targets,
            nodes.size() == 2 ? List.of(group) : List.of()));
  }

  private Target target(int node) {
    return new Target(
        NodeKind.STORAGE,
        100 + node,
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
            .addTargetIds(100 + id)
            .setMap(MapCodec.message(maps.current()))
            .build());
  }

  private Outcome<HeartbeatReply> heartbeat(HeartbeatRequest request, Exchange exchange) {
    reports.addAll(request.getReportsList());
    return Outcome.done(
        HeartbeatReply.newBuilder().setIntervalMillis(50).setLeaseMillis(leaseMillis).build());
  }

  private Outcome<Empty> leave(LeaveRequest request, Exchange exchange) {
    leaves.add(request);
    return Outcome.done(Empty.getDefaultInstance());
  }

  private Outcome<Empty> suspect(SuspectRequest request, Exchange exchange) {
    return Outcome.done(Empty.getDefaultInstance());
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
