package org.skep.mirror.range;

/// Whether a primary that is alone sends its changes to the secondary.
public enum Forwarding {
  /// Changes are noted in the change log only.
  OFF,
  /// A resync runs: changes are forwarded, and noted if the secondary did not take them, which ends
  /// the resync.
  BEST_EFFORT,
  /// Management is being told that the secondary has everything: it counts as one of a pair from
  /// now on, so a change is answered when it has it, and a read needs a lease.
  REQUIRED
}
