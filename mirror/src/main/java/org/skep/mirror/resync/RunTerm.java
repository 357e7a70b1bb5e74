package org.skep.mirror.resync;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;

/// What a run is made in: one term of the member, and one life of the secondary's process.
///
/// @param view of the member when the run began
public record RunTerm(GroupMember member, GroupView view) {

  /// Whether it goes on in that view.
  public boolean has(GroupView now) {
    return now.sameTerm(view) && now.buddyIncarnation() == view.buddyIncarnation();
  }

  /// @return why nothing can come of the run any more, or null
  public @Nullable String whyOver() {
    GroupView now = member.view();
    if (!has(now)) {
      return "a newer map says: " + now.text();
    }
    Target buddy = now.buddy();
    return buddy == null || buddy.reachability() == Reachability.OFFLINE
        ? "the secondary is offline"
        : null;
  }
}
