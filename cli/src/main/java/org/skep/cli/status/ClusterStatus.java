package org.skep.cli.status;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.CapacityPool;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;

/// What management says of the cluster at one moment.
///
/// @param reports of the targets that have reported lately
/// @param clients the mounts that follow the map
public record ClusterStatus(ClusterMap map, Map<Key, Report> reports, List<Node> clients) {

  /// Target ids are unique within a kind only.
  public record Key(NodeKind kind, int targetId) {}

  /// What one target says of itself; the counters begin with its process.
  ///
  /// @param buddyMisses as primary: its buddy has not got everything
  /// @param resyncing as primary: it brings its buddy up to date
  public record Report(
      Optional<Space> space,
      CapacityPool capacityPool,
      long readBytes,
      long writtenBytes,
      long operations,
      long heardMillisAgo,
      boolean buddyMisses,
      boolean resyncing) {}

  /// @param totalInodes 0 where the file system has no such number
  public record Space(long totalBytes, long freeBytes, long totalInodes, long freeInodes) {}

  public Optional<Report> report(Target target) {
    return Optional.ofNullable(reports.get(new Key(target.kind(), target.id())));
  }

  /// What the target's content is worth, as operators are shown it: one that is away and was put
  /// out of its group still holds every acknowledged change, and so is Good, until the group's
  /// primary notes one that it misses.
  public Consistency consistency(Target target) {
    boolean away = target.reachability() == Reachability.OFFLINE;
    return away && target.consistency() == Consistency.NEEDS_RESYNC && missesNothing(target)
        ? Consistency.GOOD
        : target.consistency();
  }

  private boolean missesNothing(Target target) {
    for (BuddyGroup group : map.groupsOf(target.kind())) {
      if (group.secondary() == target.id()) {
        Target primary = map.target(target.kind(), group.primary());
        return primary != null
            && primary.reachability() == Reachability.ONLINE
            && primary.consistency() == Consistency.GOOD
            && report(primary).filter(report -> !report.buddyMisses()).isPresent();
      }
    }
    return false;
  }

  /// Whether the group's primary says that it brings the other member up to date.
  public boolean isResyncing(BuddyGroup group) {
    Target primary = map.target(group.kind(), group.primary());
    return primary != null && report(primary).filter(Report::resyncing).isPresent();
  }

  /// The groups of targets that nobody can serve at present, described.
  public List<String> groupsWithoutGoodMember(NodeKind kind) {
    return map.groupsOf(kind).stream()
        .filter(BuddyGroup::isPair)
        .filter(group -> !map.hasGoodMember(group))
        .map(map::describe)
        .toList();
  }

  public Optional<Space> space(Target target) {
    return report(target).flatMap(Report::space);
  }

  /// The nodes of a kind; clients are no part of the map.
  public List<Node> nodes(NodeKind kind) {
    return kind == NodeKind.CLIENT ? clients : map.nodesOf(kind);
  }
}
