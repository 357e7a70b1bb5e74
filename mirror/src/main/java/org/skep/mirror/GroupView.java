package org.skep.mirror;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;

/// What a target is in its buddy group, as one cluster map has it. The table is that of
/// docs/design/mirroring.md, "Who may do what".
///
/// @param mapVersion of the map it was read from
/// @param group null if the target is in none
/// @param own the target itself; null if the map does not have it
/// @param buddy the other member; null if there is none
/// @param buddyNode the process of the other member; null if there is none, or it is unknown
public record GroupView(
    Role role,
    long mapVersion,
    @Nullable BuddyGroup group,
    @Nullable Target own,
    @Nullable Target buddy,
    @Nullable Node buddyNode) {

  /// What a member may do.
  public enum Role {
    /// Good, with a Good secondary: a change needs both.
    PRIMARY_OF_PAIR,
    /// Good, without a Good secondary: changes are noted for it.
    PRIMARY_ALONE,
    /// Primary, but not Good: serves nothing.
    PRIMARY_UNFIT,
    /// Good: takes what the primary forwards, and answers reads.
    SECONDARY,
    /// Not Good: takes what the primary forwards and resync requests.
    SECONDARY_STALE,
    /// In no group.
    NONE;

    public boolean isPrimary() {
      return this == PRIMARY_OF_PAIR || this == PRIMARY_ALONE || this == PRIMARY_UNFIT;
    }

    public boolean isSecondary() {
      return this == SECONDARY || this == SECONDARY_STALE;
    }
  }

  /// Before any map.
  public static final GroupView NOTHING = new GroupView(Role.NONE, 0, null, null, null, null);

  /// The target's group, if it is in one, and its place there.
  public static GroupView of(ClusterMap map, NodeKind kind, int targetId) {
    Target own = map.target(kind, targetId);
    for (BuddyGroup group : map.groups()) {
      if (own != null && group.has(kind, targetId)) {
        return of(map, group, own);
      }
    }
    return new GroupView(Role.NONE, map.version(), null, own, null, null);
  }

  private static GroupView of(ClusterMap map, BuddyGroup group, Target own) {
    boolean primary = group.primary() == own.id();
    int buddyId = primary ? group.secondary() : group.primary();
    Target buddy = buddyId == BuddyGroup.NONE ? null : map.target(own.kind(), buddyId);
    Node node = buddy == null ? null : map.node(own.kind(), buddy.nodeId());
    return new GroupView(role(primary, own, buddy), map.version(), group, own, buddy, node);
  }

  private static Role role(boolean primary, Target own, @Nullable Target buddy) {
    boolean good = own.consistency() == Consistency.GOOD;
    if (!primary) {
      return good ? Role.SECONDARY : Role.SECONDARY_STALE;
    }
    if (!good) {
      return Role.PRIMARY_UNFIT;
    }
    return buddy != null && buddy.consistency() == Consistency.GOOD
        ? Role.PRIMARY_OF_PAIR
        : Role.PRIMARY_ALONE;
  }

  /// 0 without a group.
  public int groupId() {
    return group == null ? 0 : group.id();
  }

  /// [BuddyGroup#lifeId]; 0 without a group.
  public long groupLifeId() {
    return group == null ? 0 : group.lifeId();
  }

  /// Of the group; 0 without one.
  public long epoch() {
    return group == null ? 0 : group.epoch();
  }

  /// What a group has instead of a disk's `durability`: changes whenever acknowledged changes may
  /// have been lost, and is never 0.
  public long durability() {
    return group == null ? 1 : group.losses() + 1;
  }

  public boolean buddyOnline() {
    return buddy != null && buddy.reachability() == Reachability.ONLINE;
  }

  /// The incarnation of the buddy's process; 0 if unknown.
  public long buddyIncarnation() {
    return buddyNode == null ? 0 : buddyNode.incarnation();
  }

  /// Whether nothing changed that begins a new term of office: role, group, epoch; and for a
  /// secondary the process of its primary, since what an older one sent must be over before the new
  /// one is heard.
  public boolean sameTerm(GroupView other) {
    return role == other.role
        && groupId() == other.groupId()
        && epoch() == other.epoch()
        && (!role.isSecondary() || buddyIncarnation() == other.buddyIncarnation());
  }

  /// For messages: `group 3 (primary 101, secondary 102 Needs-resync, epoch 7)`.
  public String text() {
    if (group == null || own == null) {
      return "no group";
    }
    Target primary = group.primary() == own.id() ? own : buddy;
    Target secondary = group.primary() == own.id() ? buddy : own;
    return "group "
        + group.id()
        + " (primary "
        + text(primary)
        + ", secondary "
        + text(secondary)
        + ", epoch "
        + group.epoch()
        + ")";
  }

  private static String text(@Nullable Target member) {
    if (member == null) {
      return "none";
    }
    return member.id()
        + (member.consistency() == Consistency.GOOD ? "" : " " + member.consistency().label())
        + (member.reachability() == Reachability.ONLINE ? "" : " " + member.reachability().label());
  }
}
