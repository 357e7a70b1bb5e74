package org.skep.management.state;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import org.skep.cluster.Transition;
import org.skep.linux.Errno;
import org.skep.management.state.Command.NewGroup;
import org.skep.management.state.Command.Occurrence;
import org.skep.wire.MapCodec;

/// Making, removing and moving buddy groups.
///
/// | what | refused if |
/// | --- | --- |
/// | new group of storage, but for one that is there just so (a repetition) | member unknown (ENOENT), in a group (EEXIST), not Good (EBUSY); both on one node, or in different storage pools (EINVAL); the id is taken (EEXIST) or none is left, or the map would become too large for a message (ENOSPC) |
/// | removal of one of storage | unknown (ENOENT) |
/// | event | group unknown (ENOENT); in another epoch, or of a former process of the primary (ESTALE); not to be (EBUSY) |
///
/// Given out are the lowest ids that no group has or had; an id that a removed group had is given
/// only to who asks for it, and goes on with that group's losses and its epoch's next life
/// ([BuddyGroup#nextLife]), so that nothing of the former group is taken for its own. The members
/// of a removed group are Good again, each on its own.
///
/// Two targets that were never members of a group begin as Good: neither has anything. If one was,
/// or the id was another group's, the secondary begins as Needs-resync, since nobody knows that
/// both hold the same. If the primary did not have all that the group of this id had acknowledged,
/// that counts as a loss. Of metadata: [ShardGrouping].
final class Grouping {

  private Grouping() {}

  static Step add(ClusterState state, Command.AddGroups command) {
    if (command.kind() != NodeKind.STORAGE && command.kind() != NodeKind.METADATA) {
      return Step.rejected(
          state,
          Errno.EINVAL,
          "buddy groups are made of storage or metadata targets, not of "
              + command.kind().label()
              + " ones");
    }
    GroupWork work = new GroupWork(state.map().targets(), state.map().groups());
    List<RetiredGroup> retired = new ArrayList<>(state.retiredGroups());
    List<Integer> ids = new ArrayList<>();
    for (NewGroup wanted : inOrder(command.groups())) {
      Result.Rejected refusal =
          command.kind() == NodeKind.METADATA
              ? ShardGrouping.add(state.map(), work, retired, wanted)
              : addStorage(state, work, retired, wanted);
      if (refusal != null) {
        return new Step(state, refusal);
      }
    }
    for (NewGroup wanted : command.groups()) {
      ids.add(Objects.requireNonNull(work.pairOf(command.kind(), wanted.primary())).id());
    }
    ClusterState next = state.with(work).withRetiredGroups(retired);
    if (MapCodec.message(next.map()).getSerializedSize() > CommandLimits.MAP_BYTES_MAX) {
      return Step.rejected(state, Errno.ENOSPC, "the cluster map is full");
    }
    return new Step(next, new Result.GroupsAdded(ids), work.moves());
  }

  /// Those with a wanted id first, so that it is not given out before.
  private static List<NewGroup> inOrder(List<NewGroup> groups) {
    return Stream.concat(
            groups.stream().filter(group -> group.groupId() != 0),
            groups.stream().filter(group -> group.groupId() == 0))
        .toList();
  }

  private static Result.@Nullable Rejected addStorage(
      ClusterState state, GroupWork work, List<RetiredGroup> retired, NewGroup wanted) {
    if (isThere(work, NodeKind.STORAGE, wanted)) {
      return null;
    }
    Result.Rejected refusal = refusal(work, NodeKind.STORAGE, wanted);
    if (refusal != null) {
      return refusal;
    }
    int id = wanted.groupId() != 0 ? wanted.groupId() : freeId(work, retired);
    if (id == 0) {
      return new Result.Rejected(Errno.ENOSPC.number(), "no id of a buddy group is left");
    }
    add(state, work, retired, new NewGroup(id, wanted.primary(), wanted.secondary()));
    return null;
  }

  /// Whether the group is there just as it is wanted: who had no answer asks again.
  static boolean isThere(GroupWork work, NodeKind kind, NewGroup wanted) {
    BuddyGroup group = work.pairOf(kind, wanted.primary());
    return group != null
        && wanted.primary() != wanted.secondary()
        && group.has(kind, wanted.secondary())
        && (wanted.groupId() == 0 || wanted.groupId() == group.id());
  }

  private static Result.@Nullable Rejected refusal(GroupWork work, NodeKind kind, NewGroup wanted) {
    Target primary = work.target(kind, wanted.primary());
    Target secondary = work.target(kind, wanted.secondary());
    for (int id : List.of(wanted.primary(), wanted.secondary())) {
      Target target = work.target(kind, id);
      if (target == null) {
        return new Result.Rejected(Errno.ENOENT.number(), "no " + kind.label() + " target " + id);
      }
      String name = kind.label() + " target " + id;
      BuddyGroup group = work.pairOf(kind, id);
      if (group != null) {
        return new Result.Rejected(
            Errno.EEXIST.number(), name + " is a member of buddy group " + group.id());
      }
      if (target.consistency() != Consistency.GOOD) {
        return new Result.Rejected(
            Errno.EBUSY.number(), name + " is " + target.consistency().label());
      }
    }
    if (primary == null || secondary == null) {
      throw new IllegalStateException("not looked at: " + wanted);
    }
    if (primary.nodeId() == secondary.nodeId()) {
      return new Result.Rejected(
          Errno.EINVAL.number(),
          primary.id() == secondary.id()
              ? kind.label() + " target " + primary.id() + " can't be its own buddy"
              : "storage targets "
                  + primary.id()
                  + " and "
                  + secondary.id()
                  + " are both on node "
                  + primary.nodeId()
                  + ", and would fail together");
    }
    if (primary.storagePoolId() != secondary.storagePoolId()) {
      return new Result.Rejected(
          Errno.EINVAL.number(),
          "storage targets "
              + primary.id()
              + " and "
              + secondary.id()
              + " are in different storage pools");
    }
    if (work.group(kind, wanted.groupId()) != null) {
      return new Result.Rejected(
          Errno.EEXIST.number(), "buddy group " + wanted.groupId() + " exists already");
    }
    return null;
  }

  private static int freeId(GroupWork work, List<RetiredGroup> retired) {
    Set<Integer> taken = new TreeSet<>();
    work.groups().stream()
        .filter(group -> group.kind() == NodeKind.STORAGE)
        .forEach(group -> taken.add(group.id()));
    retired.stream()
        .filter(group -> group.kind() == NodeKind.STORAGE)
        .forEach(group -> taken.add(group.groupId()));
    return TargetIds.lowestFree(taken);
  }

  private static void add(
      ClusterState state, GroupWork work, List<RetiredGroup> retired, NewGroup wanted) {
    FormerMember first = state.formerMember(wanted.primary());
    boolean equal = first == null && state.formerMember(wanted.secondary()) == null;
    long epoch = 1;
    long losses = 0;
    for (RetiredGroup former : List.copyOf(retired)) {
      if (former.kind() == NodeKind.STORAGE && former.groupId() == wanted.groupId()) {
        equal = false;
        epoch = BuddyGroup.nextLife(former.epoch());
        losses = former.losses() + (hadAll(first, former) ? 0 : 1);
        retired.remove(former);
      }
    }
    int secondary = wanted.secondary();
    BuddyGroup group =
        new BuddyGroup(
            NodeKind.STORAGE, wanted.groupId(), wanted.primary(), secondary, epoch, losses);
    if (!equal) {
      Target behind = Objects.requireNonNull(work.target(NodeKind.STORAGE, secondary));
      work.put(Targets.with(behind, behind.reachability(), Consistency.NEEDS_RESYNC));
    }
    work.put(group);
    Target primary = Objects.requireNonNull(work.target(NodeKind.STORAGE, wanted.primary()));
    work.happen(group, new GroupEvent.Seen(primary.id(), primary.reachability()));
  }

  private static boolean hadAll(@Nullable FormerMember member, RetiredGroup group) {
    return member != null
        && member.good()
        && member.groupId() == group.groupId()
        && member.epoch() == group.epoch();
  }

  static Step remove(ClusterState state, Command.RemoveGroup command) {
    ClusterMap map = state.map();
    BuddyGroup group = map.group(command.kind(), command.groupId());
    if (group == null) {
      return Step.rejected(state, Errno.ENOENT, "no buddy group " + command.groupId());
    }
    if (group.kind() == NodeKind.METADATA) {
      return ShardGrouping.remove(state, group);
    }
    List<BuddyGroup> groups = new ArrayList<>(map.groups());
    groups.remove(group);
    List<Target> targets =
        map.targets().stream()
            .map(target ->
                group.has(target.kind(), target.id())
                    ? Targets.with(target, target.reachability(), Consistency.GOOD)
                    : target)
            .toList();
    List<RetiredGroup> retired = new ArrayList<>(state.retiredGroups());
    retired.add(new RetiredGroup(group.kind(), group.id(), group.epoch(), group.losses()));
    ClusterState next =
        state
            .with(map.rootShard(), map.nodes(), targets, groups, state.retired())
            .withRetiredGroups(retired)
            .withFormerMembers(formerMembers(state, group));
    return new Step(next, new Result.Done());
  }

  /// With those of the group, which is still in the map.
  private static List<FormerMember> formerMembers(ClusterState state, BuddyGroup group) {
    List<FormerMember> members = new ArrayList<>(state.formerMembers());
    members.removeIf(member -> group.has(NodeKind.STORAGE, member.targetId()));
    for (int id : List.of(group.primary(), group.secondary())) {
      Target target = Objects.requireNonNull(state.map().target(NodeKind.STORAGE, id));
      boolean good = target.consistency() == Consistency.GOOD;
      members.add(new FormerMember(id, group.id(), group.epoch(), good));
    }
    members.sort(Comparator.comparingInt(FormerMember::targetId));
    return members;
  }

  /// Rejected only if all are.
  static Step happened(ClusterState state, Command.GroupEvents command) {
    GroupWork work = new GroupWork(state.map().targets(), state.map().groups());
    Result.Rejected first = null;
    boolean taken = false;
    for (Occurrence occurrence : command.occurrences()) {
      Result.Rejected refusal = happen(state.map(), work, occurrence);
      taken |= refusal == null;
      first = first == null ? refusal : first;
    }
    if (!taken && first != null) {
      return new Step(state, first);
    }
    return new Step(state.with(work), new Result.Done(), work.moves());
  }

  private static Result.@Nullable Rejected happen(
      ClusterMap map, GroupWork work, Occurrence occurrence) {
    BuddyGroup group = work.group(occurrence.kind(), occurrence.groupId());
    String name = "buddy group " + occurrence.groupId();
    if (group == null) {
      return new Result.Rejected(Errno.ENOENT.number(), "no " + name);
    }
    if (group.epoch() != occurrence.epoch()) {
      return new Result.Rejected(
          Errno.ESTALE.number(),
          name + " is in epoch " + group.epoch() + ", not in " + occurrence.epoch());
    }
    if (occurrence.primary() != 0 && occurrence.primary() != incarnation(map, group)) {
      return new Result.Rejected(
          Errno.ESTALE.number(), name + " has another process as its primary by now");
    }
    return switch (work.happen(group, occurrence.event())) {
      case Transition.Next _ -> null;
      case Transition.Refused(String reason) ->
          new Result.Rejected(Errno.EBUSY.number(), name + ": " + reason);
    };
  }

  /// Of the process that has the group's primary.
  private static long incarnation(ClusterMap map, BuddyGroup group) {
    Target primary = map.target(group.kind(), group.primary());
    Node node = primary == null ? null : map.node(group.kind(), primary.nodeId());
    return node == null ? 0 : node.incarnation();
  }
}
