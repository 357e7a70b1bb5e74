package org.skep.storage.resync;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapSource;
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
import org.skep.wire.message.TargetClaim;
import org.skep.wire.message.WatchMapReply;
import org.skep.wire.message.WatchMapRequest;

/// Management of two storage servers with one target each, 101 on node 1 and 102 on node 2, which
/// are group 5. Decides nothing by itself but what RESYNCED and DEMAND_RESYNC ask for: a test says
/// which states the map has.
final class PairCluster {
  static final String CLUSTER_ID = "pair-cluster";
  static final int GROUP = 5;
  static final int FIRST = 101;
  static final int SECOND = 102;
  private static final int LEASE_MILLIS = 3000;
  private static final int BEAT_MILLIS = 100;

  final AtomicInteger resynced = new AtomicInteger();

  /// How many RESYNCED are refused from now on.
  final AtomicInteger refusals = new AtomicInteger();

  /// Whether DEMAND_RESYNC is refused.
  volatile boolean refusesDemand;

  private final List<Endpoint> endpoints;
  private final RpcServer management;
  private final Gate gate;
  // all guarded by gate
  private final SortedMap<Integer, Node> nodes = new TreeMap<>();
  private final SortedMap<Integer, Target> targets = new TreeMap<>();
  private int primary = FIRST;
  private long epoch = 1;
  private boolean stopped;
  private volatile ClusterMap map = ClusterMap.EMPTY;
  private final MapSource clientMaps;

  /// @param clientMaps gets every map
  PairCluster(Ports ports, Endpoint endpoint, MapSource clientMaps) {
    this.clientMaps = clientMaps;
    endpoints = List.of(endpoint);
    gate = new Gate(ports.clock());
    management =
        new RpcServer(
            ports,
            new RpcServer.Settings(
                NodeKind.MANAGEMENT,
                endpoints,
                null,
                () -> CLUSTER_ID,
                1,
                () -> map.version(),
                ServerLimits.DEFAULT),
            new Dispatcher()
                .on(Operations.REGISTER, this::register)
                .on(Operations.HEARTBEAT, this::heartbeat)
                .on(Operations.LEAVE, this::leave)
                .on(Operations.WATCH_MAP, this::watch)
                .on(Operations.RESYNCED, this::resynced)
                .on(Operations.DEMAND_RESYNC, this::demanded));
  }

  void start() throws IOException {
    management.start();
  }

  void stop() {
    locked(() -> stopped = true);
    management.stop();
  }

  List<Endpoint> endpoints() {
    return endpoints;
  }

  ClusterMap map() {
    return map;
  }

  private void locked(Runnable change) {
    gate.lock();
    try {
      change.run();
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// The target has this state from now on; what it is worth changes in a new epoch only.
  void set(int target, Reachability reachability, Consistency consistency) {
    locked(() -> {
      Target old = targets.get(target);
      targets.put(target, target(old, reachability, consistency));
      if (old.consistency() != consistency) {
        epoch++;
      }
      publish();
    });
  }

  /// The group is removed, and made again of the same targets, of which the second one is behind.
  void remake() {
    locked(() -> {
      Target old = targets.get(SECOND);
      targets.put(SECOND, target(old, old.reachability(), Consistency.NEEDS_RESYNC));
      epoch = BuddyGroup.nextLife(epoch);
      publish();
    });
  }

  /// The target is the primary from now on.
  void promote(int target) {
    locked(() -> {
      primary = target;
      epoch++;
      publish();
    });
  }

  private static Target target(Target old, Reachability reachability, Consistency consistency) {
    return new Target(
        old.kind(),
        old.id(),
        old.nodeId(),
        old.uuid(),
        old.epoch(),
        reachability,
        consistency,
        old.storagePoolId());
  }

  private void publish() {
    List<BuddyGroup> groups = new ArrayList<>();
    if (targets.size() == 2) {
      int secondary = primary == FIRST ? SECOND : FIRST;
      groups.add(new BuddyGroup(NodeKind.STORAGE, GROUP, primary, secondary, epoch));
    }
    map = ClusterMap.of(map.version() + 1, CLUSTER_ID, 0, nodes.values(), targets.values(), groups);
    clientMaps.offer(map);
  }

  private Outcome<RegisterReply> register(RegisterRequest request, Exchange exchange) {
    TargetClaim claim = request.getTargets(0);
    int id = claim.getTargetId() != 0 ? claim.getTargetId() : FIRST;
    int nodeId = id - 100;
    RegisterReply.Builder reply = RegisterReply.newBuilder();
    try {
      Node node = MapCodec.of(request.getNode().toBuilder().setId(nodeId).build());
      locked(() -> {
        nodes.put(nodeId, node);
        Target old = targets.get(id);
        Consistency consistency = old == null ? Consistency.GOOD : old.consistency();
        Target fresh =
            new Target(
                NodeKind.STORAGE,
                id,
                nodeId,
                claim.getUuid(),
                1,
                Reachability.ONLINE,
                consistency,
                Target.DEFAULT_POOL);
        targets.put(id, fresh);
        publish();
      });
    } catch (MalformedFrameException e) {
      return Outcome.refused(Failure.malformed(e.getMessage()));
    }
    return Outcome.done(
        reply
            .setClusterId(CLUSTER_ID)
            .setNodeId(nodeId)
            .addTargetIds(id)
            .setMap(MapCodec.message(map))
            .build());
  }

  private Outcome<HeartbeatReply> heartbeat(HeartbeatRequest request, Exchange exchange) {
    return Outcome.done(
        HeartbeatReply.newBuilder()
            .setIntervalMillis(BEAT_MILLIS)
            .setLeaseMillis(LEASE_MILLIS)
            .build());
  }

  private Outcome<Empty> leave(LeaveRequest request, Exchange exchange) {
    return Outcome.done(Empty.getDefaultInstance());
  }

  private Outcome<WatchMapReply> watch(WatchMapRequest request, Exchange exchange) {
    WatchMapReply.Builder reply = WatchMapReply.newBuilder();
    long rest = request.getWaitMillis() * 1_000_000L;
    gate.lock();
    try {
      while (!stopped && rest > 0 && request.getMapVersion() >= map.version()) {
        rest = gate.awaitNanos(rest);
      }
      if (request.getMapVersion() < map.version()) {
        reply.setMap(MapCodec.message(map));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      gate.unlock();
    }
    return Outcome.done(reply.build());
  }

  private Outcome<Empty> resynced(ResyncedRequest request, Exchange exchange) {
    gate.lock();
    try {
      Target secondary = targets.get(request.getSecondary());
      if (request.getEpoch() != epoch
          || secondary.consistency() != Consistency.NEEDS_RESYNC
          || refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        return Outcome.refused(Failure.errno(Errno.ESTALE.number(), "not now"));
      }
      resynced.incrementAndGet();
    } finally {
      gate.unlock();
    }
    set(request.getSecondary(), Reachability.ONLINE, Consistency.GOOD);
    return Outcome.done(Empty.getDefaultInstance());
  }

  private Outcome<Empty> demanded(DemandResyncRequest request, Exchange exchange) {
    if (refusesDemand) {
      return Outcome.refused(Failure.errno(Errno.EBUSY.number(), "not wanted"));
    }
    set(request.getSecondary(), Reachability.ONLINE, Consistency.NEEDS_RESYNC);
    return Outcome.done(Empty.getDefaultInstance());
  }
}
