package org.skep.simulation.workload;

import java.util.SplittableRandom;
import org.skep.simulation.cluster.SimulatedCluster;

/// What clients do, and what must be true of it. A new object for each run. Set-up, run and check
/// are called one after the other on a simulated thread; there they may block, start actors with
/// [Scene#together], and throw what they like: every exception is a failure of the run.
public interface Workload {

  /// The cluster it wants, and what goes wrong there.
  Plan plan(SplittableRandom random);

  /// Before anything goes wrong.
  void setUp(Scene scene) throws Exception;

  /// While things go wrong.
  void run(Scene scene) throws Exception;

  /// After everything is mended.
  void check(Scene scene) throws Exception;

  /// After all clients have ended and all work of the servers is done, on the scheduler's thread.
  default void checkRemains(SimulatedCluster cluster) throws Exception {}
}
