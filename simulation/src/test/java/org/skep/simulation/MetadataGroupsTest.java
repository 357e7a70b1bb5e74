package org.skep.simulation;

import org.junit.jupiter.api.Test;
import org.skep.simulation.cluster.Flaw;

/// Metadata groups in trouble: the seeds of [Workloads#GROUPS].
class MetadataGroupsTest {
  private static final int SEEDS = 2000;

  @Test
  void a_cluster_in_trouble_does_right() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Simulation.Outcome _ = Simulation.run(Workloads.GROUPS, seed, Flaw.NONE, null);
    }
  }
}
