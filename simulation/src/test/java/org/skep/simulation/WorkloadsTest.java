package org.skep.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.skep.simulation.cluster.Flaw;

/// Runs every workload with the same seeds each time; any number of others with `./simulate`.
class WorkloadsTest {
  private static final int SEEDS = 60;

  @ParameterizedTest
  @EnumSource
  void a_cluster_in_trouble_does_right(Workloads workload) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Simulation.Outcome _ = Simulation.run(workload, seed, Flaw.NONE, null);
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_same_seed_gives_the_same_trace_and_another_one_another(Workloads workload) {
    for (long seed = 1; seed <= 3; seed++) {
      Simulation.Outcome first = Simulation.run(workload, seed, Flaw.NONE, null);
      assertThat(Simulation.run(workload, seed, Flaw.NONE, null)).isEqualTo(first);
    }
    long hash = Simulation.run(workload, 1, Flaw.NONE, null).traceHash();
    assertThat(Simulation.run(workload, 2, Flaw.NONE, null).traceHash()).isNotEqualTo(hash);
  }
}
