package org.skep.simulation.fault;

import org.skep.simulation.cluster.SimulatedCluster;

/// One kind of thing that goes wrong again and again. Everything runs on the scheduler's thread.
public interface Fault {

  /// Strikes once; what it breaks it also mends after a while, with a timer of the scheduler.
  void strike(SimulatedCluster cluster);

  /// On average so long from one strike to the next.
  long pauseNanos();
}
