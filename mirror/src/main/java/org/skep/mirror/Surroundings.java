package org.skep.mirror;

import org.skep.cluster.Node;

/// What a member needs of its service. Any thread may call it; nothing may block.
public interface Surroundings {

  /// Whether management lets this target answer reads now (`Leases.holds`).
  boolean holdsLease();

  /// How long the buddy may be silent before management is told: half the offline time-out.
  long silentNanos();

  /// The process refuses connections: management is to look for itself.
  void suspect(Node node);

  /// The next heartbeat says something new: it is sent at once.
  void beatNow();
}
