package org.skep.management.operation;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Failover;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.GroupState;
import org.skep.cluster.GroupState.Member;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import org.skep.cluster.Transition;
import org.skep.linux.Errno;
import org.skep.management.heartbeat.Heartbeats.Fence;
import org.skep.management.state.Command.GroupEvents;
import org.skep.management.state.Command.Occurrence;
import org.skep.wire.Failure;

/// Something is asked of a member of a buddy group from outside. If the event takes the member out
/// of the in-sync set, it is suspended first, and the event submitted when it holds no lease any
/// more.
final class GroupRequest {

  /// A living member answers within two heartbeats; who does not is Offline after the time-out, and
  /// the request is to be repeated.
  static final long FENCE_NANOS = 5_000_000_000L;

  private static final long LOOK_NANOS = 10_000_000L;

  private final Desk desk;
  private final NodeKind kind;
  private final int groupId;
  private final GroupEvent event;

  GroupRequest(Desk desk, NodeKind kind, int groupId, GroupEvent event) {
    this.desk = desk;
    this.kind = kind;
    this.groupId = groupId;
    this.event = event;
  }

  /// @return why it was not done, or null
  @Nullable Failure submit() {
    long end = desk.now() + FENCE_NANOS;
    while (true) {
      ClusterMap map = desk.machine().map();
      BuddyGroup group = map.group(kind, groupId);
      if (group == null) {
        return Failure.errno(Errno.ENOENT.number(), "no buddy group " + groupId);
      }
      GroupState state = GroupState.of(map, group);
      switch (Failover.next(state, event)) {
        case Transition.Refused(String reason) -> {
          return Failure.errno(Errno.EBUSY.number(), "buddy group " + groupId + ": " + reason);
        }
        case Transition.Next(GroupState next, String _) -> {
          boolean leaves = leaves(state, next);
          Failure failure = leaves ? submitFenced(group, end) : submit(group);
          if (failure == null || desk.now() >= end || !isOvertaken(group)) {
            return failure;
          }
        }
      }
    }
  }

  private boolean leaves(GroupState state, GroupState next) {
    Member before = state.member(event.target());
    Member after = next.member(event.target());
    return before != null && after != null && before.isGood() && !after.isGood();
  }

  /// The group has gone on, so that the event was void: it is looked at anew.
  private boolean isOvertaken(BuddyGroup former) {
    BuddyGroup group = desk.machine().map().group(kind, groupId);
    return group == null || group.epoch() != former.epoch();
  }

  private @Nullable Failure submit(BuddyGroup group) {
    return desk.submit(new GroupEvents(List.of(occurrence(group))));
  }

  private Occurrence occurrence(BuddyGroup group) {
    return new Occurrence(kind, groupId, group.epoch(), event);
  }

  private @Nullable Failure submitFenced(BuddyGroup group, long end) {
    Target target = desk.machine().map().target(kind, event.target());
    if (target == null) {
      return Failure.errno(Errno.ENOENT.number(), "no target " + event.target());
    }
    Fence fence = desk.heartbeats().suspend(desk.machine()::map, target, group);
    boolean doubtful = false;
    try {
      while (!desk.heartbeats().isFenced(fence, desk.machine().map(), desk.now())) {
        if (isOvertaken(group)) {
          return Failure.retry("buddy group " + groupId + " has just changed");
        }
        if (desk.now() >= end || desk.machine().isClosing() || !desk.log().isLeader()) {
          return Failure.retry(
              kind.label()
                  + " target "
                  + target.id()
                  + " is waited for: it must stop serving first");
        }
        desk.clock().sleepNanos(LOOK_NANOS);
      }
      doubtful = true;
      Failure failure = submit(group);
      doubtful = failure != null && failure.errno() == 0;
      return failure;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Failure.retry("management is stopping");
    } finally {
      desk.heartbeats().release(fence, doubtful ? event : null);
    }
  }
}
