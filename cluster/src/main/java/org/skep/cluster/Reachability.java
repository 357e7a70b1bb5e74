package org.skep.cluster;

/// What management sees of a target.
public enum Reachability {
  /// Heartbeats arrive in time.
  ONLINE("Online"),
  /// Silent for half of the offline time-out.
  PROBABLY_OFFLINE("Probably-offline"),
  /// Silent for all of the offline time-out, or known to be gone.
  OFFLINE("Offline");

  private final String label;

  Reachability(String label) {
    this.label = label;
  }

  /// The word of the operator's tables.
  public String label() {
    return label;
  }
}
