package org.skep.simulation.fault;

import java.util.SplittableRandom;
import org.skep.simulation.cluster.SimulatedClient;
import org.skep.simulation.cluster.SimulatedCluster;

/// A client dies with all that it has open and locked, and comes back as a new one.
///
/// @param client its index
/// @param downNanosMax how long it is away
public record ClientCrash(int client, long downNanosMax, long pauseNanos) implements Fault {

  @Override
  public void strike(SimulatedCluster cluster) {
    SimulatedClient victim = cluster.client(client);
    if (!victim.isConnected()) {
      return;
    }
    SplittableRandom random = cluster.scheduler().random();
    victim.kill();
    cluster.scheduler().after(random.nextLong(downNanosMax), victim::boot);
  }
}
