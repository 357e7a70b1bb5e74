package org.skep.cluster;

/// A class of targets by free space; placement prefers NORMAL, then LOW, then EMERGENCY.
public enum CapacityPool {
  NORMAL("normal"),
  LOW("low"),
  EMERGENCY("emergency");

  private final String label;

  CapacityPool(String label) {
    this.label = label;
  }

  /// The word of the operator's tables.
  public String label() {
    return label;
  }
}
