package org.skep.cli.ctl;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.status.FormerContents;
import org.skep.cli.status.GroupConnection;
import org.skep.cli.status.ManagementConnection;
import org.skep.cli.status.ShardContents;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Pairing;
import org.skep.cluster.ShardPairing;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.AddMirrorGroupsReply;
import org.skep.wire.message.AddMirrorGroupsRequest;
import org.skep.wire.message.NewGroup;

/// Makes groups for a command, and says what it did.
final class NewGroups {

  /// @param force makes the groups though targets are left without one, or lose what they hold
  /// @param dryRun only shows them
  /// @param uniqueIds of storage: group ids that are no target ids
  record Wanted(boolean force, boolean dryRun, boolean uniqueIds) {}

  private final ClusterCommand command;
  private final ManagementConnection management;
  private final NodeKind kind;

  NewGroups(ClusterCommand command, ManagementConnection management, NodeKind kind) {
    this.command = command;
    this.management = management;
    this.kind = kind;
  }

  /// As many groups as the targets without one give.
  ///
  /// @throws CommandFailure if there would be none, or fewer than there should
  void automatic(Wanted wanted) {
    ClusterMap map = command.status(management).map();
    Pairing.Plan plan = plan(map);
    List<MirrorGroupTable.Member> fresh = numbered(map, kind, plan, wanted.uniqueIds());
    String left = left(plan);
    if (fresh.isEmpty() && !left.isEmpty()) {
      throw new CommandFailure("no group can be made; without one stay: " + left);
    }
    command.print(MirrorGroupTable.plan(map, kind, fresh));
    if (fresh.isEmpty()) {
      command.print(List.of("", "All targets are in groups."));
      return;
    }
    if (!left.isEmpty() && !wanted.force() && !wanted.dryRun()) {
      throw new CommandFailure(
          "nothing was changed: without a group would stay " + left + "; --force makes the others");
    }
    command.print(List.of(""));
    if (wanted.dryRun()) {
      command.print(List.of("Only shown: " + fresh.size() + " new groups."));
    } else {
      add(fresh, wanted.force());
    }
    if (!left.isEmpty()) {
      command.print(List.of("Without a group: " + left));
    }
  }

  private static String left(Pairing.Plan plan) {
    return plan.left().stream()
        .map(one -> one.targetId() + " (" + one.reason() + ")")
        .collect(Collectors.joining(", "));
  }

  private Pairing.Plan plan(ClusterMap map) {
    if (kind != NodeKind.METADATA) {
      return Pairing.of(map, kind);
    }
    ShardContents contents = ShardContents.ask(management, command.timeoutNanos());
    contents
        .unknown()
        .forEach((shard, reason) ->
            command.print(
                List.of("Shard " + shard + " does not say what it holds, and stays: " + reason)));
    return ShardPairing.of(map, contents.empty());
  }

  /// The plan with the group ids: of metadata those of the shards, else the lowest free ones.
  ///
  /// @param unique whether ids of targets are not taken
  static List<MirrorGroupTable.Member> numbered(
      ClusterMap map, NodeKind kind, Pairing.Plan plan, boolean unique) {
    List<MirrorGroupTable.Member> fresh = new ArrayList<>();
    int id = 0;
    for (Pairing.Pair pair : plan.pairs()) {
      if (kind == NodeKind.METADATA) {
        BuddyGroup shard = map.groupOf(kind, pair.primary());
        id = shard == null ? 0 : shard.id();
      } else {
        do {
          id++;
        } while (map.group(kind, id) != null || (unique && map.target(kind, id) != null));
      }
      fresh.add(new MirrorGroupTable.Member(id, pair.primary(), pair.secondary()));
    }
    return fresh;
  }

  /// @param fresh group id 0: to be given out
  /// @param force whatever the storage targets hold of former groups
  /// @throws CommandFailure if a secondary would lose that
  void add(List<MirrorGroupTable.Member> fresh, boolean force) {
    if (kind == NodeKind.STORAGE && !force) {
      checkContents(fresh);
    }
    AddMirrorGroupsRequest.Builder request =
        AddMirrorGroupsRequest.newBuilder().setKind(MapCodec.message(kind));
    for (MirrorGroupTable.Member group : fresh) {
      request.addGroups(
          NewGroup.newBuilder()
              .setGroupId(group.groupId())
              .setPrimary(group.primary())
              .setSecondary(group.secondary()));
    }
    AddMirrorGroupsReply reply =
        management.call(Operations.ADD_MIRROR_GROUPS, request.build(), command.timeoutNanos());
    for (int i = 0; i < fresh.size(); i++) {
      MirrorGroupTable.Member group = fresh.get(i);
      int id = i < reply.getGroupIdsCount() ? reply.getGroupIds(i) : group.groupId();
      command.print(
          List.of(
              "Mirror buddy group successfully set: groupID "
                  + id
                  + " -> target IDs "
                  + group.primary()
                  + ", "
                  + group.secondary()));
    }
  }

  private void checkContents(List<MirrorGroupTable.Member> fresh) {
    ClusterMap map = command.status(management).map();
    try (GroupConnection targets = management.groups(map, command.timeoutNanos())) {
      FormerContents contents = new FormerContents(targets);
      for (MirrorGroupTable.Member group : fresh) {
        // What does not exist is management's to refuse.
        if (map.target(kind, group.primary()) != null
            && map.target(kind, group.secondary()) != null) {
          contents.check(group.primary(), group.secondary());
        }
      }
    }
  }
}
