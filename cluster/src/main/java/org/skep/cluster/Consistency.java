package org.skep.cluster;

/// What the content of a target is worth.
public enum Consistency {
  /// Holds every acknowledged change.
  GOOD("Good"),
  /// Misses changes that its buddy has.
  NEEDS_RESYNC("Needs-resync"),
  /// Known to be damaged; only an administrator can change that.
  BAD("Bad");

  private final String label;

  Consistency(String label) {
    this.label = label;
  }

  /// The word of the operator's tables.
  public String label() {
    return label;
  }
}
