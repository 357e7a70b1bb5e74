package org.skep.mirror.range;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.mirror.GroupView;
import org.skep.mirror.GroupView.Role;

/// Whether a primary that is alone knows that its buddy, which is away, has all that the group has,
/// but for what the change log says: both were Good, in this life of the process, until the buddy
/// went away, and since then it was not back and nobody began or ordered a resync of it. Any thread
/// may call it.
final class AbsentBuddy {
  // the buddy's process; null: nothing is known
  private volatile @Nullable Long incarnation;

  /// The next term begins.
  ///
  /// @param before the last one that began
  void begins(GroupView before, GroupView next) {
    boolean known =
        (before.role() == Role.PRIMARY_OF_PAIR || before.role() == Role.SECONDARY)
            && next.role() == Role.PRIMARY_ALONE
            && isAway(next)
            && idOf(before.buddy()) == idOf(next.buddy())
            && before.groupLifeId() == next.groupLifeId()
            && before.epoch() + 1 == next.epoch()
            && before.durability() == next.durability()
            && before.buddyIncarnation() == next.buddyIncarnation();
    incarnation = known ? next.buddyIncarnation() : null;
  }

  /// A newer view of the same term: one that was back may have lost something meanwhile.
  void renewed(GroupView view) {
    Long own = incarnation;
    if (own != null && (!isAway(view) || own != view.buddyIncarnation())) {
      incarnation = null;
    }
  }

  /// A resync of it begins, or is wanted.
  void doubt() {
    incarnation = null;
  }

  boolean hasAll() {
    return incarnation != null;
  }

  private static boolean isAway(GroupView view) {
    Target buddy = view.buddy();
    return buddy != null && buddy.reachability() == Reachability.OFFLINE;
  }

  private static int idOf(@Nullable Target target) {
    return target == null ? 0 : target.id();
  }
}
