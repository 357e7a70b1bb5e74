package org.skep.cli.ctl;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// The options that name a mirror group, by itself or by one of its members; to be mixed into a
/// command.
final class GroupChoice {
  @Mixin private TargetKindOption kindOption;

  @Option(
      names = "--targetid",
      paramLabel = "ID",
      description = "The target; its group is meant where a group is.")
  private @Nullable Integer targetId;

  @Option(
      names = "--nodeid",
      paramLabel = "ID",
      description =
          "With --nodetype=meta: the node, if it has one mirrored target beside its spares.")
  private @Nullable Integer nodeId;

  @Option(names = "--mirrorgroupid", paramLabel = "ID", description = "The mirror group.")
  private @Nullable Integer groupId;

  private NodeKind kind = NodeKind.STORAGE;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixin before it runs the command
  GroupChoice() {}

  /// METADATA or STORAGE; after [#check].
  NodeKind kind() {
    return kind;
  }

  /// Whether a member was named, not the group.
  boolean namesMember() {
    return groupId == null;
  }

  /// Wrong usage, if not just one of them was named.
  ///
  /// @throws ParameterException saying what is wrong
  void check(CommandSpec spec) {
    kind = kindOption.of(spec);
    if (nodeId != null && kind != NodeKind.METADATA) {
      throw new ParameterException(
          spec.commandLine(), "--nodeid is for --nodetype=meta; storage has --targetid");
    }
    int named = (targetId == null ? 0 : 1) + (nodeId == null ? 0 : 1) + (groupId == null ? 0 : 1);
    if (named != 1) {
      throw new ParameterException(
          spec.commandLine(), "name one of --targetid, --mirrorgroupid and (of meta) --nodeid");
    }
  }

  /// The group.
  ///
  /// @throws CommandFailure if there is none
  BuddyGroup find(ClusterMap map) {
    Integer target = target(map);
    BuddyGroup group =
        target != null
            ? map.pairOf(kind, target)
            : groupId == null ? null : map.group(kind, groupId);
    if (group != null && group.isPair()) {
      return group;
    }
    throw new CommandFailure(
        target == null
            ? group == null
                ? "there is no " + kind.label() + " mirror group " + groupId
                : "metadata shard " + groupId + " is not mirrored (--addmirrorgroup)"
            : map.target(kind, target) == null
                ? "there is no " + kind.label() + " target " + target
                : kind.label() + " target " + target + " is in no mirror group");
  }

  /// The target that was named, by itself or by its node; null: a group was.
  ///
  /// @throws CommandFailure if it can't be told which one of a node is meant
  @Nullable Integer target(ClusterMap map) {
    return nodeId == null ? targetId : Integer.valueOf(ofNode(map, kind, nodeId));
  }

  /// The node's mirrored target, or else its only one. Of several the one that it was given: those
  /// that it made by itself have the second copies of others.
  private static int ofNode(ClusterMap map, NodeKind kind, int nodeId) {
    List<Target> all =
        map.shownTargets().stream()
            .filter(target -> target.kind() == kind && target.nodeId() == nodeId)
            .toList();
    List<Target> mirrored =
        all.stream().filter(target -> map.pairOf(kind, target.id()) != null).toList();
    List<Target> given = mirrored.stream().filter(target -> !target.keptSpare()).toList();
    List<Integer> meant =
        (mirrored.isEmpty() ? all : given.isEmpty() ? mirrored : given)
            .stream().map(Target::id).toList();
    if (meant.size() == 1) {
      return meant.getFirst();
    }
    throw new CommandFailure(
        meant.isEmpty()
            ? "there is no " + kind.label() + " node " + nodeId
            : kind.label()
                + " node "
                + nodeId
                + " has several targets: name one with --targetid="
                + meant.stream().map(Object::toString).collect(Collectors.joining(" or ")));
  }

  /// The other member.
  static int buddy(BuddyGroup group, int targetId) {
    return group.primary() == targetId ? group.secondary() : group.primary();
  }
}
