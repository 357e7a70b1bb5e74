package org.skep.runtime.membership;

import java.util.List;
import org.skep.cluster.ClusterMap;

/// What a server is in the cluster, as management answered.
///
/// @param targetIds in the order of the claims
/// @param map with this server in it
public record Assignment(String clusterId, int nodeId, List<Integer> targetIds, ClusterMap map) {

  public Assignment {
    targetIds = List.copyOf(targetIds);
  }
}
