package org.skep.cluster;

/// What an event of a buddy group comes to.
public sealed interface Transition {

  /// Why, for the log.
  String reason();

  /// @param state the one before if nothing changes
  record Next(GroupState state, String reason) implements Transition {}

  /// The event can't be, and nothing changes.
  record Refused(String reason) implements Transition {}
}
