package org.skep.cluster;

/// The role of a node. The label is the word of the operator's tool (`--nodetype=`).
public enum NodeKind {
  MANAGEMENT("management"),
  METADATA("meta"),
  STORAGE("storage"),
  CLIENT("client");

  private final String label;

  NodeKind(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }
}
