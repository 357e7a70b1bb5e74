package org.skep.metadata.target;

import java.util.ArrayList;
import java.util.List;
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
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.runtime.twin.PairManagement;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.DemandResyncRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.ResyncedRequest;
import org.skep.wire.message.StatusReply;

/// Management that does what the test says: server `a` is node 1 with target 1, `b` node 2 with
/// target 2. The shard 1 is the root's; target 2 is a spare, has the shard 2, or is in shard 1.
final class ScriptedManagement extends PairManagement {
  static final int SHARD = 1;
  static final int A = 1;
  static final int B = 2;

  final ConcurrentLinkedQueue<ResyncedRequest> resynced = new ConcurrentLinkedQueue<>();

  /// Whether a secondary that is resynced becomes Good.
  volatile boolean believes = true;

  private volatile boolean ownShardOfB;

  ScriptedManagement(Ports ports, Endpoint endpoint) {
    super(
        ports,
        endpoint,
        A,
        B,
        new BuddyGroup(NodeKind.METADATA, SHARD, A, BuddyGroup.NONE, 1, 0),
        60_000);
    dispatcher
        .on(Operations.STATUS, (_, _) -> Outcome.done(StatusReply.getDefaultInstance()))
        .on(Operations.RESYNCED, this::resynced)
        .on(Operations.DEMAND_RESYNC, this::demand);
  }

  @Override
  public synchronized void decide(int primary, Consistency worthOfA, Consistency worthOfB) {
    ownShardOfB = false;
    super.decide(primary, worthOfA, worthOfB);
  }

  /// B is a spare again.
  void single() {
    become(A, BuddyGroup.NONE, 0);
  }

  synchronized void lose() {
    become(group().primary(), group().secondary(), 1);
  }

  /// B has a shard of its own.
  void giveShardToB() {
    ownShardOfB = true;
    publish();
  }

  /// With the root's shard, B's, and a storage target.
  @Override
  protected ClusterMap complete(ClusterMap map) {
    List<Node> nodes = new ArrayList<>(map.nodes());
    nodes.add(
        new Node(NodeKind.STORAGE, 9, "s", "s", 9, List.of(new Endpoint.Tcp("localhost", 1))));
    List<Target> targets = new ArrayList<>(map.targets());
    targets.add(
        new Target(NodeKind.STORAGE, 9, 9, "uuid9", 1, Reachability.ONLINE, Consistency.GOOD, 1));
    List<BuddyGroup> groups = new ArrayList<>(map.groups());
    if (ownShardOfB && map.target(NodeKind.METADATA, B) != null) {
      groups.add(new BuddyGroup(NodeKind.METADATA, B, B, BuddyGroup.NONE, 1, 0));
    }
    return ClusterMap.of(map.version(), CLUSTER_ID, SHARD, nodes, targets, groups);
  }

  private synchronized Outcome<Empty> resynced(ResyncedRequest request, Exchange exchange) {
    resynced.add(request);
    if (request.getEpoch() != group().epoch()) {
      return Outcome.refused(Failure.errno(Errno.ESTALE.number(), "another epoch"));
    }
    if (!believes) {
      return Outcome.refused(Failure.errno(Errno.EBUSY.number(), "the test does not want it"));
    }
    decide(group().primary(), Consistency.GOOD, Consistency.GOOD);
    return Outcome.done(empty());
  }

  private synchronized Outcome<Empty> demand(DemandResyncRequest request, Exchange exchange) {
    boolean a = request.getSecondary() == A;
    decide(
        group().primary(),
        a ? Consistency.NEEDS_RESYNC : Consistency.GOOD,
        a ? Consistency.GOOD : Consistency.NEEDS_RESYNC);
    return Outcome.done(empty());
  }
}
