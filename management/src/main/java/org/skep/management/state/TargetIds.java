package org.skep.management.state;

import java.util.Set;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;

/// Gives out target ids that an operator can read: node 2's storage targets are 201, 202 and so on;
/// its first metadata target is 2, its next ones 202, 203 and so on. What is taken is passed over;
/// where the scheme has no number left, the lowest free one is given. Spares that servers keep get
/// the highest free ones.
final class TargetIds {
  private static final int STEP = 100;

  private TargetIds() {}

  /// @param taken ids of this kind that may not be given
  /// @return 0 if there is none left
  static int next(NodeKind kind, int nodeId, Set<Integer> taken) {
    if (kind == NodeKind.METADATA && !taken.contains(nodeId)) {
      return nodeId;
    }
    int first = kind == NodeKind.METADATA ? 2 : 1;
    for (int n = first; n < STEP; n++) {
      int id = nodeId * STEP + n;
      if (id > Ids.ID_MAX) {
        break;
      }
      if (!taken.contains(id)) {
        return id;
      }
    }
    return lowestFree(taken);
  }

  /// For spares that servers keep: far from the numbers that administrators choose.
  ///
  /// @return 0 if there is none left
  static int highestFree(Set<Integer> taken) {
    int id = Ids.ID_MAX;
    while (id > 0 && taken.contains(id)) {
      id--;
    }
    return id;
  }

  /// @return 0 if there is none left
  static int lowestFree(Set<Integer> taken) {
    for (int id = 1; id <= Ids.ID_MAX; id++) {
      if (!taken.contains(id)) {
        return id;
      }
    }
    return 0;
  }
}
