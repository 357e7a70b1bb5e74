package org.skep.cluster;

/// What can happen to a buddy group; see [Failover]. Each names the member it is about.
public sealed interface GroupEvent {

  /// The target id of the member.
  int target();

  /// Management sees the member so from now on. Offline is said only of a member without a lease.
  record Seen(int target, Reachability reachability) implements GroupEvent {}

  /// The process of the member was started and has registered.
  ///
  /// @param unsure it may have lost changes that were acknowledged
  record Returned(int target, boolean unsure) implements GroupEvent {}

  /// The member can't take part any more and has dropped its lease.
  record StepsOut(int target) implements GroupEvent {}

  /// A fsync failed at the member, which has dropped its lease: changes that were acknowledged may
  /// be lost.
  record Unsure(int target) implements GroupEvent {}

  /// The primary says that the member has all that it has itself.
  ///
  /// @param epoch in which the primary says so
  record Resynced(int target, long epoch) implements GroupEvent {}

  /// A resync of the member is wanted.
  record Demand(int target) implements GroupEvent {}

  /// An administrator says what the member is worth.
  ///
  /// @param consistency Good or Bad
  record Declare(int target, Consistency consistency) implements GroupEvent {
    public Declare {
      if (consistency == Consistency.NEEDS_RESYNC) {
        throw new IllegalArgumentException("Needs-resync is demanded, not declared");
      }
    }
  }

  /// The text of logs: `Seen(Offline) of 11`.
  default String text() {
    String what =
        switch (this) {
          case Seen seen -> "Seen(" + seen.reachability().label() + ")";
          case Returned returned -> returned.unsure() ? "Returned(unsure)" : "Returned";
          case StepsOut _ -> "StepsOut";
          case Unsure _ -> "Unsure";
          case Resynced _ -> "Resynced";
          case Demand _ -> "Demand";
          case Declare declare -> "Declare(" + declare.consistency().label() + ")";
        };
    return what + " of " + target();
  }
}
