package org.skep.cluster;

import org.jspecify.annotations.Nullable;

/// All that [Failover] looks at and decides: one buddy group with what its members are worth.
///
/// @param secondary null in a group of one
/// @param losses how often acknowledged changes may have been lost
public record GroupState(Member primary, @Nullable Member secondary, long epoch, long losses) {

  /// One member as management has it.
  public record Member(int targetId, Reachability reachability, Consistency consistency) {

    public boolean isGood() {
      return consistency == Consistency.GOOD;
    }

    public boolean isOnline() {
      return reachability == Reachability.ONLINE;
    }

    public boolean isOffline() {
      return reachability == Reachability.OFFLINE;
    }

    boolean isGoodAndOnline() {
      return isGood() && isOnline();
    }

    Member with(Reachability seen) {
      return new Member(targetId, seen, consistency);
    }

    Member with(Consistency worth) {
      return new Member(targetId, reachability, worth);
    }

    @Override
    public String toString() {
      return targetId + " " + reachability.label() + " " + consistency.label();
    }
  }

  public GroupState {
    if (secondary != null && secondary.targetId() == primary.targetId()) {
      throw new IllegalArgumentException("target " + primary.targetId() + " is its own buddy");
    }
    if (epoch < 1 || losses < 0) {
      throw new IllegalArgumentException("a group of epoch " + epoch + " and losses " + losses);
    }
  }

  /// The group of the map with its members.
  ///
  /// @throws IllegalStateException if a member is not in the map, which no [ClusterMap] allows
  public static GroupState of(ClusterMap map, BuddyGroup group) {
    Member second =
        group.secondary() == BuddyGroup.NONE ? null : member(map, group, group.secondary());
    return new GroupState(
        member(map, group, group.primary()), second, group.epoch(), group.losses());
  }

  private static Member member(ClusterMap map, BuddyGroup group, int targetId) {
    Target target = map.target(group.kind(), targetId);
    if (target == null) {
      throw new IllegalStateException("target " + targetId + " of " + group + " is not in the map");
    }
    return new Member(targetId, target.reachability(), target.consistency());
  }

  /// The member with this id, or null if the target is none.
  public @Nullable Member member(int targetId) {
    if (primary.targetId() == targetId) {
      return primary;
    }
    return secondary != null && secondary.targetId() == targetId ? secondary : null;
  }

  /// The other member than `member`; null in a group of one.
  @Nullable Member buddyOf(Member member) {
    return isPrimary(member) ? secondary : primary;
  }

  boolean isPrimary(Member member) {
    return member.targetId() == primary.targetId();
  }

  /// Both members are Good: a change is acknowledged only when both have it.
  public boolean isInSync() {
    return secondary != null && primary.isGood() && secondary.isGood();
  }

  /// With this member in the place of the one that has its id.
  GroupState with(Member member) {
    return isPrimary(member)
        ? new GroupState(member, secondary, epoch, losses)
        : new GroupState(primary, member, epoch, losses);
  }

  GroupState inNextEpoch() {
    return new GroupState(primary, secondary, epoch + 1, losses);
  }

  GroupState withOneLossMore() {
    return new GroupState(primary, secondary, epoch, losses + 1);
  }

  /// With this member, which is there, as primary.
  GroupState ledBy(Member member) {
    if (isPrimary(member)) {
      return this;
    }
    return new GroupState(member, primary, epoch, losses);
  }

  /// The text of logs: `primary 11 Online Good, secondary 21 Offline Needs-resync, epoch 7`.
  @Override
  public String toString() {
    return "primary "
        + primary
        + (secondary == null ? "" : ", secondary " + secondary)
        + ", epoch "
        + epoch
        + (losses == 0 ? "" : ", losses " + losses);
  }
}
