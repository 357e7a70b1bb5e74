package org.skep.cli.ctl;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.skep.cli.status.ClusterStatus;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;

/// What `--listtargets` shows.
final class TargetTable {
  private static final double GIB = 1L << 30;
  private static final double MILLION = 1e6;

  /// The options that add or take away columns.
  record Choice(
      boolean nodesFirst,
      boolean longNodes,
      boolean hideNodeId,
      boolean mirrorGroups,
      boolean state,
      boolean storagePools,
      boolean pools,
      boolean spaceInfo) {

    boolean nodeColumnFirst() {
      return nodesFirst && !longNodes && !hideNodeId;
    }
  }

  private TargetTable() {}

  static List<String> lines(ClusterStatus status, NodeKind kind, Choice choice) {
    Table table = new Table(columns(choice));
    targets(status, kind, choice).forEach(target -> table.add(row(status, target, choice)));
    return table.lines();
  }

  /// By target id, or by node first. Spares that servers keep ready are shown with their groups
  /// only.
  static List<Target> targets(ClusterStatus status, NodeKind kind, Choice choice) {
    List<Target> targets =
        new ArrayList<>(
            choice.mirrorGroups() ? status.map().targets() : status.map().shownTargets());
    targets.removeIf(target -> target.kind() != kind);
    if (choice.nodesFirst()) {
      targets.sort(Comparator.comparingInt(Target::nodeId).thenComparingInt(Target::id));
    }
    return targets;
  }

  private static List<Table.Column> columns(Choice choice) {
    List<Table.Column> columns = new ArrayList<>();
    if (choice.nodeColumnFirst()) {
      columns.add(new Table.Column("NodeID", 8));
    }
    if (choice.mirrorGroups()) {
      columns.add(new Table.Column("MirrorGroupID", 13));
      columns.add(new Table.Column("MGMemberType", 12));
    }
    columns.add(new Table.Column("TargetID", 8));
    if (choice.state()) {
      columns.add(new Table.Column("Reachability", 16));
      columns.add(new Table.Column("Consistency", 12));
    }
    if (choice.storagePools()) {
      columns.add(new Table.Column("St. Pool", 10));
    }
    if (choice.pools()) {
      columns.add(new Table.Column("Cap. Pool", 11));
    }
    if (choice.spaceInfo()) {
      columns.add(new Table.Column("Total", 12));
      columns.add(new Table.Column("Free", 12));
      columns.add(new Table.Column("%", 4));
      columns.add(new Table.Column("ITotal", 11));
      columns.add(new Table.Column("IFree", 11));
      columns.add(new Table.Column("%", 4));
    }
    if (!choice.hideNodeId() && !choice.nodeColumnFirst()) {
      columns.add(new Table.Column("NodeID", choice.longNodes() ? 0 : 8));
    }
    return columns;
  }

  private static List<String> row(ClusterStatus status, Target target, Choice choice) {
    List<String> row = new ArrayList<>();
    if (choice.nodeColumnFirst()) {
      row.add(Integer.toString(target.nodeId()));
    }
    if (choice.mirrorGroups()) {
      BuddyGroup group = status.map().pairOf(target.kind(), target.id());
      row.add(group == null ? "" : Integer.toString(group.id()));
      row.add(group != null ? memberType(group, target) : isSpare(status, target) ? "spare" : "");
    }
    row.add(Integer.toString(target.id()));
    if (choice.state()) {
      row.add(target.reachability().label());
      row.add(status.consistency(target).label());
    }
    if (choice.storagePools()) {
      row.add(Integer.toString(target.storagePoolId()));
    }
    if (choice.pools()) {
      row.add(capacityPool(status, target));
    }
    if (choice.spaceInfo()) {
      row.addAll(space(status.space(target)));
    }
    if (!choice.hideNodeId() && !choice.nodeColumnFirst()) {
      row.add(choice.longNodes() ? longNode(status, target) : Integer.toString(target.nodeId()));
    }
    return row;
  }

  private static String memberType(BuddyGroup group, Target target) {
    return group.primary() == target.id() ? "primary" : "secondary";
  }

  /// A metadata target without a shard: it can become the secondary of one.
  private static boolean isSpare(ClusterStatus status, Target target) {
    return target.kind() == NodeKind.METADATA
        && status.map().groupOf(target.kind(), target.id()) == null;
  }

  static String capacityPool(ClusterStatus status, Target target) {
    return status
        .report(target)
        .filter(report -> report.space().isPresent())
        .map(report -> report.capacityPool().label())
        .orElse("unknown");
  }

  private static List<String> space(Optional<ClusterStatus.Space> known) {
    ClusterStatus.Space space = known.orElse(new ClusterStatus.Space(0, 0, 0, 0));
    return List.of(
        number("%9.1fGiB", space.totalBytes() / GIB),
        number("%9.1fGiB", space.freeBytes() / GIB),
        percent(space.freeBytes(), space.totalBytes()),
        number("%10.1fM", space.totalInodes() / MILLION),
        number("%10.1fM", space.freeInodes() / MILLION),
        percent(space.freeInodes(), space.totalInodes()));
  }

  private static String percent(long part, long whole) {
    return number("%3.0f%%", whole == 0 ? 0 : 100.0 * part / whole);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String longNode(ClusterStatus status, Target target) {
    Node node = status.map().node(target.kind(), target.nodeId());
    String name = node == null ? "<unknown>" : node.name();
    return "skep-" + target.kind().label() + " " + name + " [ID: " + target.nodeId() + "]";
  }

  /// All that is known, for `--output=json`.
  static List<Map<String, Object>> json(ClusterStatus status, List<Target> targets) {
    return targets.stream().map(target -> json(status, target)).toList();
  }

  private static Map<String, Object> json(ClusterStatus status, Target target) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("targetId", target.id());
    fields.put("nodeId", target.nodeId());
    Node node = status.map().node(target.kind(), target.nodeId());
    fields.put("nodeType", target.kind().label());
    fields.put("nodeName", node == null ? "" : node.name());
    fields.put("reachability", target.reachability().label());
    fields.put("consistency", status.consistency(target).label());
    fields.put("storagePoolId", target.storagePoolId());
    fields.put("capacityPool", capacityPool(status, target));
    fields.put("epoch", target.epoch());
    BuddyGroup group = status.map().pairOf(target.kind(), target.id());
    if (group != null) {
      fields.put("mirrorGroupId", group.id());
      fields.put("memberType", memberType(group, target));
      fields.put("resyncing", status.isResyncing(group));
    } else if (isSpare(status, target)) {
      fields.put("memberType", "spare");
    }
    status
        .space(target)
        .ifPresent(space -> {
          fields.put("totalBytes", space.totalBytes());
          fields.put("freeBytes", space.freeBytes());
          fields.put("totalInodes", space.totalInodes());
          fields.put("freeInodes", space.freeInodes());
        });
    return fields;
  }
}
