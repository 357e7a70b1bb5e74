package org.skep.cli.architecture.cycle.right;

import org.skep.cli.architecture.cycle.left.Left;

/// Half of a cycle that the architecture test must refuse.
public final class Right {
  private Right() {}

  /// Leads to the left.
  public static Class<?> other() {
    return Left.class;
  }
}
