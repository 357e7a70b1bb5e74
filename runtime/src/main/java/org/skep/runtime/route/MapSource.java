package org.skep.runtime.route;

import org.skep.cluster.ClusterMap;

/// The newest cluster map this process knows. Any thread may call it.
public interface MapSource {

  ClusterMap current();

  /// Waits until there is a map of at least `version`, at most that long; also asks the one who
  /// follows management to hurry.
  ///
  /// @return whether there is
  boolean awaitVersion(long version, long nanos) throws InterruptedException;

  /// Takes the map if it is newer than the current one.
  void offer(ClusterMap map);
}
