package org.skep.management.heartbeat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Failover;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.GroupState;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.cluster.Transition;
import org.skep.management.heartbeat.Fences.Suspension;
import org.skep.management.state.Command.Occurrence;
import org.skep.wire.message.TargetReport;

/// Takes what the members of pairs say in one heartbeat. Within the monitor of [Heartbeats].
final class GroupListening {
  private final Fences fences;
  private final ClusterMap map;
  private final Heard heard;
  private final long mapVersion;
  private final List<Integer> suspended = new ArrayList<>();
  private final List<Occurrence> occurrences = new ArrayList<>();
  private boolean soon;

  /// @param map the present one
  /// @param mapVersion of the map that the reporting process has
  GroupListening(Fences fences, ClusterMap map, Heard heard, long mapVersion) {
    this.fences = fences;
    this.map = map;
    this.heard = heard;
    this.mapVersion = mapVersion;
  }

  Hearing.Taken result() {
    return new Hearing.Taken(suspended, soon, occurrences);
  }

  /// @param group the pair that it is in
  void hear(Target target, BuddyGroup group, TargetReport report) {
    if (!fences.knows(group, mapVersion)) {
      // What it says is about a role that it has no more.
      suspend(target, true);
      return;
    }
    if (report.getStepsOut()) {
      happens(group, new GroupEvent.StepsOut(target.id()));
    }
    hearUnsure(target, group, report);
    if (target.id() == group.primary()) {
      hearComplaint(target, group, report);
    }
    Suspension suspension = fences.suspension(target, group);
    if (suspension != null) {
      hearSuspended(target, group, report, suspension);
    } else if (report.getStepsOut()) {
      suspend(target, false);
    } else if (fences.isInDoubt(target) || target.reachability() == Reachability.OFFLINE) {
      suspend(target, true);
    }
  }

  private void suspend(Target target, boolean waited) {
    suspended.add(target.id());
    soon |= waited;
  }

  /// Told to the group once, as often as it is raised.
  private void hearUnsure(Target target, BuddyGroup group, TargetReport report) {
    if (!report.getUnsure()) {
      heard.unsure.remove(target.id());
      return;
    }
    GroupEvent event = new GroupEvent.Unsure(target.id());
    if (heard.unsure.contains(target.id()) || !changes(group, event)) {
      return;
    }
    if (GroupState.of(map, group).isInSync()) {
      fences.suspend(target, group, map.version(), event, false);
    } else {
      heard.unsure.add(target.id());
      happens(group, event);
    }
  }

  private void hearComplaint(Target target, BuddyGroup group, TargetReport report) {
    Target secondary = map.target(group.kind(), group.secondary());
    if (secondary == null) {
      return;
    }
    if (report.getBuddyUnreachableEpoch() != group.epoch()) {
      fences.appease(secondary);
      return;
    }
    GroupEvent event = new GroupEvent.StepsOut(secondary.id());
    if (target.reachability() == Reachability.ONLINE
        && secondary.reachability() == Reachability.ONLINE
        && changes(group, event)) {
      fences.suspend(secondary, group, map.version(), event, true);
    }
  }

  private void hearSuspended(
      Target target, BuddyGroup group, TargetReport report, Suspension suspension) {
    if (report.getLeaseDropped()) {
      fences.dropped(suspension, mapVersion);
    }
    suspend(target, true);
    @Nullable GroupEvent event = suspension.event();
    if (suspension.isFenced() && event != null) {
      if (event instanceof GroupEvent.Unsure) {
        heard.unsure.add(target.id());
      }
      happens(group, event);
    }
  }

  private void happens(BuddyGroup group, GroupEvent event) {
    if (changes(group, event)) {
      occurrences.add(new Occurrence(group.kind(), group.id(), group.epoch(), event));
    }
  }

  private boolean changes(BuddyGroup group, GroupEvent event) {
    GroupState state = GroupState.of(map, group);
    return Failover.next(state, event) instanceof Transition.Next(GroupState next, String _)
        && !next.equals(state);
  }
}
