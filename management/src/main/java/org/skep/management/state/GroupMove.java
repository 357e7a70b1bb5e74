package org.skep.management.state;

import org.skep.cluster.Consistency;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.GroupState;
import org.skep.cluster.NodeKind;

/// A buddy group went from one state to another.
///
/// @param reason of [org.skep.cluster.Failover]
public record GroupMove(
    NodeKind kind, int groupId, GroupEvent event, GroupState from, GroupState to, String reason) {

  /// Whether it is more than that a member is seen or missed.
  public boolean isNewEpoch() {
    return from.epoch() != to.epoch();
  }

  /// Whether acknowledged data may be lost by it, or an administrator has decided it.
  public boolean isGrave() {
    boolean declared = event instanceof GroupEvent.Declare;
    return declared || from.losses() != to.losses() || !to.primary().isGood();
  }

  /// Whether no member is Good any more.
  public boolean isForlorn() {
    return to.primary().consistency() != Consistency.GOOD;
  }
}
