package org.skep.cli.ctl;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.skep.cli.status.ClusterStatus;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;

/// What `--listmirrorgroups` and `--addmirrorgroup` show.
final class MirrorGroupTable {
  private static final int WIDTH = 17;

  /// A group that is there or is to be made.
  record Member(int groupId, int primary, int secondary) {}

  private MirrorGroupTable() {}

  /// The groups that mirror: a metadata shard of a single target is none.
  static List<BuddyGroup> groups(ClusterMap map, NodeKind kind) {
    return map.groupsOf(kind).stream().filter(BuddyGroup::isPair).toList();
  }

  /// `--listmirrorgroups`.
  static List<String> lines(ClusterMap map, NodeKind kind) {
    String member = isNamedByNode(map, kind) ? "NodeID" : "TargetID";
    Table table =
        new Table(
            List.of(
                new Table.Column("BuddyGroupID", WIDTH),
                new Table.Column("Primary" + member, WIDTH),
                new Table.Column("Secondary" + member, WIDTH)));
    for (BuddyGroup group : groups(map, kind)) {
      table.add(
          List.of(
              Integer.toString(group.id()),
              Integer.toString(group.primary()),
              Integer.toString(group.secondary())));
    }
    return table.lines();
  }

  /// As with the model, whose metadata nodes have no targets: where each has one of its number.
  private static boolean isNamedByNode(ClusterMap map, NodeKind kind) {
    return kind == NodeKind.METADATA
        && map.shownTargets().stream()
            .filter(target -> target.kind() == kind)
            .allMatch(target -> target.id() == target.nodeId());
  }

  /// All that is known, for `--output=json`.
  static List<Map<String, Object>> json(ClusterStatus status, NodeKind kind) {
    return groups(status.map(), kind).stream().map(group -> json(status, group)).toList();
  }

  private static Map<String, Object> json(ClusterStatus status, BuddyGroup group) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("mirrorGroupId", group.id());
    fields.put("nodeType", group.kind().label());
    fields.put("primary", member(status, group, group.primary()));
    fields.put("secondary", member(status, group, group.secondary()));
    fields.put("epoch", group.epoch());
    fields.put("losses", group.losses());
    fields.put("resyncing", status.isResyncing(group));
    fields.put("available", status.map().hasGoodMember(group));
    return fields;
  }

  private static Map<String, Object> member(ClusterStatus status, BuddyGroup group, int targetId) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("targetId", targetId);
    Target target = status.map().target(group.kind(), targetId);
    if (target != null) {
      fields.put("nodeId", target.nodeId());
      fields.put("reachability", target.reachability().label());
      fields.put("consistency", status.consistency(target).label());
      fields.put("serves", target.consistency() == Consistency.GOOD);
    }
    return fields;
  }

  /// `--addmirrorgroup --automatic`: the groups there are, then the new ones, two lines each.
  static List<String> plan(ClusterMap map, NodeKind kind, List<Member> fresh) {
    List<Member> all = new ArrayList<>();
    groups(map, kind)
        .forEach(group -> all.add(new Member(group.id(), group.primary(), group.secondary())));
    all.addAll(fresh);
    Table table =
        new Table(
            List.of(
                new Table.Column("BuddyGroupID", 12),
                new Table.Column("Target type", 11),
                new Table.Column("Target", 8)));
    for (Member group : all) {
      table.add(row(map, kind, group.groupId(), "primary", group.primary()));
      table.add(row(map, kind, group.groupId(), "secondary", group.secondary()));
    }
    return table.lines();
  }

  private static List<String> row(
      ClusterMap map, NodeKind kind, int groupId, String type, int targetId) {
    Node node = map.nodeOfTarget(kind, targetId);
    String at = node == null ? "<unknown>" : node.name() + " [ID: " + node.id() + "]";
    return List.of(Integer.toString(groupId), type, String.format("%8d @ %s", targetId, at));
  }
}
