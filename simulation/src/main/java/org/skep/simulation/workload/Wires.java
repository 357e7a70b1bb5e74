package org.skep.simulation.workload;

import java.util.SplittableRandom;
import org.skep.simulation.world.SimulatedNetwork;

/// How bad the wires of a run are.
final class Wires {
  private Wires() {}

  /// In one of three runs they are good.
  static SimulatedNetwork.Faults of(SplittableRandom random) {
    return switch (random.nextInt(3)) {
      case 0 -> SimulatedNetwork.Faults.NONE;
      case 1 -> new SimulatedNetwork.Faults(2_000_000, 0.01, 200_000_000, 0.003);
      default -> new SimulatedNetwork.Faults(20_000_000, 0.03, 500_000_000, 0.01);
    };
  }
}
