package org.skep.simulation.fault;

import java.util.SplittableRandom;
import org.skep.simulation.cluster.SimulatedClient;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.StorageHost;

/// A client dies together with a storage server: nobody repeats what was in progress between them.
/// Both come back, the server a little later.
///
/// @param client its index
/// @param downNanosMax how long the server is away
public record WriterCrash(int client, long downNanosMax, long pauseNanos) implements Fault {

  @Override
  public void strike(SimulatedCluster cluster) {
    SimulatedClient writer = cluster.client(client);
    SplittableRandom random = cluster.scheduler().random();
    StorageHost victim = cluster.storage().get(random.nextInt(cluster.storage().size()));
    if (writer.isConnected()) {
      writer.kill();
      writer.boot();
    }
    victim.kill();
    cluster
        .scheduler()
        .after(
            random.nextLong(downNanosMax),
            () -> {
              if (!victim.isUp()) {
                victim.boot();
              }
            });
  }
}
