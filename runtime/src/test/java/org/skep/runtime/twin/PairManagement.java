package org.skep.runtime.twin;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
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

/// Management that does what the test says: server `a` is node 1, any other node 2, each with one
/// target, and both targets may be a group. Any thread may call it.
public class PairManagement {
  public static final String CLUSTER_ID = "scripted";

  public final ConcurrentLinkedQueue<TargetReport> reports = new ConcurrentLinkedQueue<>();
  public final ConcurrentLinkedQueue<LeaveRequest> leaves = new ConcurrentLinkedQueue<>();
  public final ConcurrentLinkedQueue<RegisterRequest> registrations = new ConcurrentLinkedQueue<>();
  public volatile int leaseMillis;

  /// For what else is to be served, from before the start.
  protected final Dispatcher dispatcher = new Dispatcher();

  private final Ports ports;
  private final Endpoint endpoint;
  private final MapHolder maps;
  private final int a;
  private final int b;
  private @Nullable RpcServer server;
  // all guarded by this
  private final SortedMap<Integer, Node> nodes = new TreeMap<>();
  private BuddyGroup group;
  private Consistency ofA = Consistency.GOOD;
  private Consistency ofB = Consistency.GOOD;
  private Reachability reachabilityOfB = Reachability.ONLINE;

  /// @param a the target of node 1
  /// @param b that of node 2
  /// @param group as it is at first
  protected PairManagement(
      Ports ports, Endpoint endpoint, int a, int b, BuddyGroup group, int leaseMillis) {
    this.ports = ports;
    this.endpoint = endpoint;
    this.a = a;
    this.b = b;
    this.group = group;
    this.leaseMillis = leaseMillis;
    maps = new MapHolder(ports.clock());
  }

  protected static Empty empty() {
    return Empty.getDefaultInstance();
  }

  public final void start() throws IOException {
    dispatcher
        .on(Operations.REGISTER, this::register)
        .on(Operations.HEARTBEAT, this::heartbeat)
        .on(Operations.LEAVE, this::leave)
        .on(Operations.SUSPECT, (SuspectRequest _, Exchange _) -> Outcome.done(empty()))
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
    server.start();
  }

  public final void stop() {
    if (server != null) {
      server.stop();
    }
  }

  public final ClusterMap map() {
    return maps.current();
  }

  public final synchronized BuddyGroup group() {
    return group;
  }

  /// Another epoch: both are members; who is primary, and what both are worth.
  public synchronized void decide(int primary, Consistency worthOfA, Consistency worthOfB) {
    ofA = worthOfA;
    ofB = worthOfB;
    become(primary, a + b - primary, 0);
  }

  /// Another epoch.
  ///
  /// @param losses so many more
  protected final synchronized void become(int primary, int secondary, int losses) {
    group =
        new BuddyGroup(
            group.kind(),
            group.id(),
            primary,
            secondary,
            group.epoch() + 1,
            group.losses() + losses);
    publish();
  }

  /// Said by the next map.
  public final synchronized void reachabilityOfB(Reachability reachability) {
    reachabilityOfB = reachability;
  }

  /// Gives everybody another map.
  public final synchronized void publish() {
    List<Target> targets = new ArrayList<>();
    nodes.keySet().forEach(id -> targets.add(target(id)));
    List<BuddyGroup> groups = new ArrayList<>();
    if (nodes.size() == 2 || !group.isPair()) {
      groups.add(group);
    }
    maps.offer(
        complete(
            ClusterMap.of(
                maps.current().version() + 1, CLUSTER_ID, 0, nodes.values(), targets, groups)));
  }

  /// What the map has besides.
  protected ClusterMap complete(ClusterMap map) {
    return map;
  }

  private Target target(int node) {
    return new Target(
        group.kind(),
        targetOf(node),
        node,
        "uuid" + node,
        1,
        node == 1 ? Reachability.ONLINE : reachabilityOfB,
        node == 1 ? ofA : ofB,
        Target.DEFAULT_POOL);
  }

  private int targetOf(int node) {
    return node == 1 ? a : b;
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
            .addTargetIds(targetOf(id))
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
