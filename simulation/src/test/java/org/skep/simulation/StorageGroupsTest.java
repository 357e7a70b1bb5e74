package org.skep.simulation;

import org.junit.jupiter.api.Test;
import org.skep.simulation.cluster.Flaw;

/// Storage groups in trouble: the seeds of [Workloads#MIRROR].
class StorageGroupsTest {
  private static final int SEEDS = 2000;

  @Test
  void a_cluster_in_trouble_does_right() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Simulation.Outcome _ = Simulation.run(Workloads.MIRROR, seed, Flaw.NONE, null);
    }
  }
}
