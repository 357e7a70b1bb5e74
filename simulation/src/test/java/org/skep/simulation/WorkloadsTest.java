package org.skep.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.skep.simulation.cluster.Flaw;

/// Runs the workloads with the same seeds each time; any number of others with `./simulate`. Those
/// with the most seeds have a class of their own: classes run in two JVMs at the same time.
class WorkloadsTest {

  @ParameterizedTest
  @CsvSource({
    "NAMESPACE, 80",
    "DATA, 100",
    "SESSIONS, 80",
    "STORM, 100",
    "SPLIT, 40",
    "ORPHAN, 20",
    "LATE, 30"
  })
  void a_cluster_in_trouble_does_right(Workloads workload, int seeds) {
    for (long seed = 1; seed <= seeds; seed++) {
      Simulation.Outcome _ = Simulation.run(workload, seed, Flaw.NONE, null);
    }
  }

  /// Seeds that found what was wrong once: cuts of chunk files that were not synced, that came late
  /// from a dead server, or whose file came back after its chunks were gone.
  @ParameterizedTest
  @CsvSource({
    "DATA, 112",
    "DATA, 128",
    "DATA, 137",
    "DATA, 146",
    "STORM, 230",
    "STORM, 234",
    "STORM, 332"
  })
  void what_was_found_once_stays_mended(Workloads workload, long seed) {
    Simulation.Outcome _ = Simulation.run(workload, seed, Flaw.NONE, null);
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
