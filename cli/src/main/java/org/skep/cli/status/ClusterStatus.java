package org.skep.cli.status;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.skep.cluster.CapacityPool;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;

/// What management says of the cluster at one moment.
///
/// @param reports of the targets that have reported lately
/// @param clients the mounts that follow the map
public record ClusterStatus(ClusterMap map, Map<Key, Report> reports, List<Node> clients) {

  /// Target ids are unique within a kind only.
  public record Key(NodeKind kind, int targetId) {}

  /// Numbers of one target; the counters begin with its process.
  public record Report(
      Optional<Space> space,
      CapacityPool capacityPool,
      long readBytes,
      long writtenBytes,
      long operations,
      long heardMillisAgo) {}

  /// @param totalInodes 0 where the file system has no such number
  public record Space(long totalBytes, long freeBytes, long totalInodes, long freeInodes) {}

  public Optional<Report> report(Target target) {
    return Optional.ofNullable(reports.get(new Key(target.kind(), target.id())));
  }

  public Optional<Space> space(Target target) {
    return report(target).flatMap(Report::space);
  }

  /// The nodes of a kind; clients are no part of the map.
  public List<Node> nodes(NodeKind kind) {
    return kind == NodeKind.CLIENT ? clients : map.nodesOf(kind);
  }
}
