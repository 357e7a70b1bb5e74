package org.skep.cli.ctl;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.skep.cli.status.ClusterStatus;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.CapacityPool;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;

/// The cluster of the reference document: storage nodes 301 to 303 with two targets each, metadata
/// nodes 201 and 202 with one each.
final class SampleCluster {
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Integer, Target> storage = new HashMap<>();
  private final Map<Integer, Target> metadata = new HashMap<>();
  private final List<BuddyGroup> groups = new ArrayList<>();
  private int rootShard = 201;
  private final Map<ClusterStatus.Key, ClusterStatus.Report> reports = new HashMap<>();

  SampleCluster() {
    for (int id = 301; id <= 303; id++) {
      nodes.add(node(NodeKind.STORAGE, id, "node" + id, 8003));
      with(NodeKind.STORAGE, id * 10 + 1, id, Reachability.ONLINE, Consistency.GOOD);
      with(NodeKind.STORAGE, id * 10 + 2, id, Reachability.ONLINE, Consistency.GOOD);
    }
    for (int id = 201; id <= 202; id++) {
      nodes.add(node(NodeKind.METADATA, id, "node" + id, 8005));
      with(NodeKind.METADATA, id, id, Reachability.ONLINE, Consistency.GOOD);
      groups.add(new BuddyGroup(NodeKind.METADATA, id, id, BuddyGroup.NONE, 1));
    }
  }

  static Node node(NodeKind kind, int id, String name, int port) {
    List<Endpoint> endpoints =
        List.of(new Endpoint.Unix("/run/skep/" + id), new Endpoint.Tcp("10.0.0." + id % 100, port));
    return new Node(kind, id, name, "boot", 1, endpoints);
  }

  SampleCluster with(
      NodeKind kind, int id, int nodeId, Reachability reachability, Consistency consistency) {
    Target target =
        new Target(
            kind, id, nodeId, "uuid-" + id, 1, reachability, consistency, Target.DEFAULT_POOL);
    (kind == NodeKind.STORAGE ? storage : metadata).put(id, target);
    return this;
  }

  /// A spare that its server keeps.
  SampleCluster keptSpare(int id, int nodeId) {
    metadata.put(
        id,
        new Target(
            NodeKind.METADATA,
            id,
            nodeId,
            "uuid-" + id,
            1,
            Reachability.ONLINE,
            Consistency.GOOD,
            Target.DEFAULT_POOL,
            true));
    return this;
  }

  SampleCluster report(NodeKind kind, int id, long totalBytes, long freeBytes) {
    reports.put(
        new ClusterStatus.Key(kind, id),
        new ClusterStatus.Report(
            Optional.of(new ClusterStatus.Space(totalBytes, freeBytes, 12_300_000, 6_150_000)),
            CapacityPool.NORMAL,
            0,
            0,
            0,
            10,
            false,
            false));
    return this;
  }

  /// What the primary says of its buddy.
  SampleCluster primary(int id, boolean buddyMisses, boolean resyncing) {
    return primary(NodeKind.STORAGE, id, buddyMisses, resyncing);
  }

  SampleCluster primary(NodeKind kind, int id, boolean buddyMisses, boolean resyncing) {
    reports.put(
        new ClusterStatus.Key(kind, id),
        new ClusterStatus.Report(
            Optional.empty(), CapacityPool.NORMAL, 0, 0, 0, 10, buddyMisses, resyncing));
    return this;
  }

  /// The three groups of the document, each over two servers: 3011 and 3012 lead one each.
  SampleCluster mirrored() {
    return mirrored(1, 3011, 3021).mirrored(2, 3031, 3012).mirrored(3, 3022, 3032);
  }

  SampleCluster mirrored(int group, int primary, int secondary) {
    groups.add(new BuddyGroup(NodeKind.STORAGE, group, primary, secondary, 1));
    return this;
  }

  /// One shard on both metadata servers, with the root directory.
  SampleCluster mirroredMetadata(int shard, int primary, int secondary) {
    groups.removeIf(group -> group.kind() == NodeKind.METADATA);
    groups.add(new BuddyGroup(NodeKind.METADATA, shard, primary, secondary, 1));
    rootShard = shard;
    return this;
  }

  /// Both servers' shards, each with its second copy on the other one's spare.
  SampleCluster mirroredOntoSpares() {
    keptSpare(65535, 201).keptSpare(65534, 202).mirroredMetadata(201, 201, 65534);
    groups.add(new BuddyGroup(NodeKind.METADATA, 202, 202, 65535, 1));
    return this;
  }

  ClusterStatus status() {
    List<Target> targets = new ArrayList<>(storage.values());
    targets.addAll(metadata.values());
    return new ClusterStatus(
        ClusterMap.of(7, "cluster", rootShard, nodes, targets, groups), reports, List.of());
  }
}
