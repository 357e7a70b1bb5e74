package org.skep.management.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Failover;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.GroupEvent.Seen;
import org.skep.cluster.GroupState;
import org.skep.cluster.GroupState.Member;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.cluster.Transition;

/// Targets and groups while one command changes them. For one thread.
final class GroupWork {

  private record Key(NodeKind kind, int id) {}

  // in the order of the map, which a hash of the keys would not keep
  private final Map<Key, Target> targets = new LinkedHashMap<>();
  private final Map<Key, BuddyGroup> groups = new LinkedHashMap<>();
  private final Map<Key, BuddyGroup> pairs = new LinkedHashMap<>();
  private final List<GroupMove> moves = new ArrayList<>();

  GroupWork(Collection<Target> targets, Collection<BuddyGroup> groups) {
    targets.forEach(this::put);
    groups.forEach(this::put);
  }

  void put(Target target) {
    targets.put(new Key(target.kind(), target.id()), target);
  }

  void put(BuddyGroup group) {
    groups.put(new Key(group.kind(), group.id()), group);
    if (group.isPair()) {
      pairs.put(new Key(group.kind(), group.primary()), group);
      pairs.put(new Key(group.kind(), group.secondary()), group);
    }
  }

  void remove(BuddyGroup group) {
    groups.remove(new Key(group.kind(), group.id()));
    pairs.remove(new Key(group.kind(), group.primary()));
    pairs.remove(new Key(group.kind(), group.secondary()));
  }

  @Nullable Target target(NodeKind kind, int id) {
    return targets.get(new Key(kind, id));
  }

  @Nullable BuddyGroup group(NodeKind kind, int id) {
    return groups.get(new Key(kind, id));
  }

  /// The group of two members that has this target, or null.
  @Nullable BuddyGroup pairOf(NodeKind kind, int targetId) {
    return pairs.get(new Key(kind, targetId));
  }

  /// The group of one or two members that has this target, or null.
  @Nullable BuddyGroup groupOf(NodeKind kind, int targetId) {
    return groups.values().stream()
        .filter(group -> group.has(kind, targetId))
        .findFirst()
        .orElse(null);
  }

  List<Target> targets() {
    return List.copyOf(targets.values());
  }

  List<BuddyGroup> groups() {
    return List.copyOf(groups.values());
  }

  List<GroupMove> moves() {
    return moves;
  }

  /// Lets it happen to the group as it is now.
  Transition happen(BuddyGroup former, GroupEvent event) {
    BuddyGroup group = present(former);
    GroupState from = state(group);
    Transition transition = Failover.next(from, event);
    if (transition instanceof Transition.Next(GroupState to, String reason) && !to.equals(from)) {
      put(Failover.group(group, to));
      put(group.kind(), to.primary());
      if (to.secondary() != null) {
        put(group.kind(), to.secondary());
      }
      moves.add(new GroupMove(group.kind(), group.id(), event, from, to, reason));
    }
    return transition;
  }

  /// The leader sees targets so. Two members of one group are seen at the same moment: the
  /// secondary is doubtful while the primary is looked at, so that neither is judged by what the
  /// other was.
  void see(List<Target> seen) {
    Map<Key, Reachability> reachabilities = new LinkedHashMap<>();
    for (Target target : seen) {
      reachabilities.put(new Key(target.kind(), target.id()), target.reachability());
      if (pairOf(target.kind(), target.id()) == null) {
        put(target);
      }
    }
    for (BuddyGroup group : groups()) {
      Reachability ofPrimary = reachabilities.get(new Key(group.kind(), group.primary()));
      Reachability ofSecondary = reachabilities.get(new Key(group.kind(), group.secondary()));
      if (!group.isPair()) {
        continue;
      }
      if (ofPrimary != null && ofSecondary != null) {
        happen(group, new Seen(group.secondary(), Reachability.PROBABLY_OFFLINE));
      }
      if (ofPrimary != null) {
        happen(group, new Seen(group.primary(), ofPrimary));
      }
      if (ofSecondary != null) {
        happen(group, new Seen(group.secondary(), ofSecondary));
      }
    }
  }

  private BuddyGroup present(BuddyGroup former) {
    BuddyGroup group = group(former.kind(), former.id());
    if (group == null) {
      throw new IllegalStateException("lost while it changed: " + former);
    }
    return group;
  }

  private GroupState state(BuddyGroup group) {
    Member secondary =
        group.secondary() == BuddyGroup.NONE ? null : member(group, group.secondary());
    return new GroupState(member(group, group.primary()), secondary, group.epoch(), group.losses());
  }

  private Member member(BuddyGroup group, int targetId) {
    Target target = target(group.kind(), targetId);
    if (target == null) {
      throw new IllegalStateException("not in the map: target " + targetId + " of " + group);
    }
    return new Member(targetId, target.reachability(), target.consistency());
  }

  private void put(NodeKind kind, Member member) {
    Target target = target(kind, member.targetId());
    if (target == null) {
      throw new IllegalStateException("not in the map: " + kind.label() + " target " + member);
    }
    put(Targets.with(target, member.reachability(), member.consistency()));
  }
}
