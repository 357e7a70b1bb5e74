package org.skep.mirror;

import org.skep.mirror.GroupView.Role;

/// Whether a member has lost its certainty that it has all acknowledged changes, and management has
/// not settled that yet. The member's thread settles it; any thread may ask, or raise it.
public final class Doubt {
  private static final long SURE = -1;

  // losses of the group when this member became unsure in this life; SURE: it is not
  private volatile long sinceLosses = SURE;

  /// Whether management is to hear of it.
  public boolean stands() {
    return sinceLosses != SURE;
  }

  /// Acknowledged changes may be lost here since now.
  public void raise(GroupView view) {
    if (!stands()) {
      sinceLosses = view.durability() - 1;
    }
  }

  /// Whether the view says that management knows that this member was unsure: it is stale, or has
  /// become Good again by a resync, or is the best there is, and that was counted as a loss. Raises
  /// the doubt if it is new.
  ///
  /// @param before the last term
  /// @param unsound what the member knows of its content itself
  /// @return whether that can be forgotten: the content is to be made sound, then [#settled] called
  public boolean canSettle(GroupView before, GroupView view, boolean unsound) {
    boolean good = view.role() == Role.SECONDARY || view.role() == Role.PRIMARY_OF_PAIR;
    if (!good && view.role() != Role.PRIMARY_ALONE) {
      settled();
      return false;
    }
    if (!unsound) {
      return false;
    }
    boolean counted = stands() && view.durability() - 1 > sinceLosses;
    boolean first = before.role() == Role.NONE;
    boolean resynced = before.role() == Role.SECONDARY_STALE;
    if (view.role() == Role.PRIMARY_ALONE && (counted || first || resynced)) {
      return true;
    }
    if (view.role() == Role.SECONDARY && resynced) {
      return true;
    }
    raise(view);
    return false;
  }

  /// What was unsound is known to be sound, or to be incomplete.
  public void settled() {
    sinceLosses = SURE;
  }
}
