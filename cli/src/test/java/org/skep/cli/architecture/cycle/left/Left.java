package org.skep.cli.architecture.cycle.left;

import org.skep.cli.architecture.cycle.right.Right;

/// Half of a cycle that the architecture test must refuse.
public final class Left {
  private Left() {}

  /// Leads to the right.
  public static Class<?> other() {
    return Right.class;
  }
}
