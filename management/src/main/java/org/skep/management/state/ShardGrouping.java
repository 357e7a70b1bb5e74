package org.skep.management.state;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.management.state.Command.NewGroup;

/// Giving metadata shards their secondaries, and taking them off. A shard is a group from its first
/// target's registration on, so that nothing is made here and nothing removed but empty shards.
///
/// | what | refused if |
/// | --- | --- |
/// | secondary, but for one that is there just so (a repetition) | one of both unknown (ENOENT); the primary serves no shard, or another one than asked for, or both are on one node (EINVAL); one of both is a member of a pair (EEXIST), or not Good (EBUSY); the secondary's own shard is the root's, or was not given up (EBUSY), or by a process that is not there any more (ESTALE) |
/// | removal | unknown (ENOENT); no secondary (EINVAL); the primary is not Good and Online (EBUSY) |
///
/// The secondary begins as Needs-resync, in the shard's next epoch; its own shard, which was empty,
/// is gone. A secondary that is taken off becomes a spare: a Good target without a shard. It is not
/// fenced for that, since no secondary of a shard serves anything, and it can't become the primary
/// of a group that it is not in; but the primary must be there, as what it has is all that is left.
final class ShardGrouping {

  private ShardGrouping() {}

  /// @param work gets the change
  /// @return why not, with `work` as it was, or null
  static Result.@Nullable Rejected add(
      ClusterMap map, GroupWork work, List<RetiredGroup> retired, NewGroup wanted) {
    if (Grouping.isThere(work, NodeKind.METADATA, wanted)) {
      return null;
    }
    Target primary = work.target(NodeKind.METADATA, wanted.primary());
    Target secondary = work.target(NodeKind.METADATA, wanted.secondary());
    if (primary == null || secondary == null) {
      int missing = primary == null ? wanted.primary() : wanted.secondary();
      return rejected(Errno.ENOENT, "no " + name(missing));
    }
    BuddyGroup shard = work.groupOf(NodeKind.METADATA, primary.id());
    BuddyGroup own = work.groupOf(NodeKind.METADATA, secondary.id());
    Result.Rejected refusal = refusal(wanted, primary, shard, secondary, own);
    if (refusal == null && own != null) {
      refusal = keeps(map, wanted, secondary, own);
    }
    if (refusal != null || shard == null) {
      return refusal;
    }
    if (own != null) {
      work.remove(own);
      retired.add(new RetiredGroup(own.kind(), own.id(), own.epoch(), own.losses()));
    }
    work.put(Targets.with(secondary, secondary.reachability(), Consistency.NEEDS_RESYNC));
    work.put(with(shard, secondary.id()));
    return null;
  }

  private static Result.@Nullable Rejected refusal(
      NewGroup wanted,
      Target primary,
      @Nullable BuddyGroup shard,
      Target secondary,
      @Nullable BuddyGroup own) {
    if (primary.id() == secondary.id()) {
      return rejected(Errno.EINVAL, name(primary.id()) + " can't be its own buddy");
    }
    for (BuddyGroup group : Arrays.asList(shard, own)) {
      if (group != null && group.isPair()) {
        int member = group.equals(shard) ? primary.id() : secondary.id();
        return rejected(
            Errno.EEXIST, name(member) + " is a member of buddy group " + group.id() + " already");
      }
    }
    if (shard == null) {
      return rejected(
          Errno.EINVAL,
          name(primary.id()) + " serves no shard: it is a spare, and can be a secondary only");
    }
    if (wanted.groupId() != 0 && wanted.groupId() != shard.id()) {
      return rejected(
          Errno.EINVAL,
          name(primary.id())
              + " serves shard "
              + shard.id()
              + ", whose group has the same number, not "
              + wanted.groupId());
    }
    if (primary.nodeId() == secondary.nodeId()) {
      return rejected(
          Errno.EINVAL,
          "meta targets "
              + primary.id()
              + " and "
              + secondary.id()
              + " are both on node "
              + primary.nodeId()
              + ", and would fail together");
    }
    for (Target target : List.of(primary, secondary)) {
      if (target.consistency() != Consistency.GOOD) {
        return rejected(Errno.EBUSY, name(target.id()) + " is " + target.consistency().label());
      }
    }
    return null;
  }

  /// Why the secondary's own shard can't go, or null.
  private static Result.@Nullable Rejected keeps(
      ClusterMap map, NewGroup wanted, Target secondary, BuddyGroup own) {
    String name = name(secondary.id());
    if (own.id() == map.rootShard()) {
      return rejected(Errno.EBUSY, name + " holds the root directory: make it the primary");
    }
    if (wanted.retiredBy() == 0) {
      return rejected(
          Errno.EBUSY, name + " serves shard " + own.id() + ", which must be given up first");
    }
    Node node = map.node(NodeKind.METADATA, secondary.nodeId());
    if (node == null || node.incarnation() != wanted.retiredBy()) {
      return rejected(
          Errno.ESTALE,
          name + " is served by another process than the one that has given up its shard");
    }
    return null;
  }

  static Step remove(ClusterState state, BuddyGroup group) {
    ClusterMap map = state.map();
    GroupWork work = new GroupWork(map.targets(), map.groups());
    Target primary = work.target(group.kind(), group.primary());
    Target secondary = work.target(group.kind(), group.secondary());
    if (primary == null || secondary == null) {
      return Step.rejected(
          state,
          Errno.EINVAL,
          "metadata group " + group.id() + " has no secondary, and a shard can't be removed");
    }
    if (primary.consistency() != Consistency.GOOD
        || primary.reachability() != Reachability.ONLINE) {
      return Step.rejected(
          state,
          Errno.EBUSY,
          "its primary must be Good and Online, since only that would be left: "
              + map.describe(group));
    }
    work.put(Targets.with(secondary, secondary.reachability(), Consistency.GOOD));
    work.remove(group);
    work.put(with(group, BuddyGroup.NONE));
    return new Step(state.with(work), new Result.Done());
  }

  /// The shard with another secondary.
  private static BuddyGroup with(BuddyGroup shard, int secondary) {
    return new BuddyGroup(
        shard.kind(), shard.id(), shard.primary(), secondary, shard.epoch() + 1, shard.losses());
  }

  private static String name(int targetId) {
    return NodeKind.METADATA.label() + " target " + targetId;
  }

  private static Result.Rejected rejected(Errno errno, String reason) {
    return new Result.Rejected(errno.number(), reason);
  }
}
