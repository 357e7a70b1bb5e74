package org.skep.cli.ctl;

import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// The options that name a mirror group, by itself or by one of its members; to be mixed into a
/// command.
final class GroupChoice {
  @Option(
      names = "--nodetype",
      paramLabel = "TYPE",
      defaultValue = "storage",
      converter = NodeTypes.class,
      description = "meta or storage (default: ${DEFAULT-VALUE}).")
  private NodeKind kind = NodeKind.STORAGE;

  @Option(
      names = "--targetid",
      paramLabel = "ID",
      description = "The target; its group is meant where a group is.")
  private @Nullable Integer targetId;

  @Option(
      names = "--nodeid",
      paramLabel = "ID",
      description = "With --nodetype=meta: the node, whose number its target has.")
  private @Nullable Integer nodeId;

  @Option(names = "--mirrorgroupid", paramLabel = "ID", description = "The mirror group.")
  private @Nullable Integer groupId;

  GroupChoice() {}

  NodeKind kind() {
    return kind;
  }

  /// The target that was named; null: a group was.
  @Nullable Integer targetId() {
    return targetId == null ? nodeId : targetId;
  }

  /// Wrong usage, if not just one of them was named.
  ///
  /// @throws ParameterException saying what is wrong
  void check(CommandSpec spec) {
    if (kind != NodeKind.STORAGE && kind != NodeKind.METADATA) {
      throw new ParameterException(
          spec.commandLine(), "only meta and storage targets are mirrored");
    }
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
    if (kind == NodeKind.METADATA) {
      throw new CommandFailure("metadata servers are not mirrored in this version of Skep");
    }
    Integer target = targetId();
    BuddyGroup group =
        target != null
            ? map.pairOf(kind, target)
            : groupId == null ? null : map.group(kind, groupId);
    if (group == null) {
      throw new CommandFailure(
          target == null
              ? "there is no " + kind.label() + " mirror group " + groupId
              : map.target(kind, target) == null
                  ? "there is no " + kind.label() + " target " + target
                  : kind.label() + " target " + target + " is in no mirror group");
    }
    return group;
  }

  /// The other member.
  static int buddy(BuddyGroup group, int targetId) {
    return group.primary() == targetId ? group.secondary() : group.primary();
  }
}
