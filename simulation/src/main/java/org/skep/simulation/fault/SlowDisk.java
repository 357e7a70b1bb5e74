package org.skep.simulation.fault;

import java.util.List;
import java.util.SplittableRandom;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.SimulatedServer;

/// A disk is slow for a while.
///
/// @param callNanosMax how long each call takes at the most
public record SlowDisk(int callNanosMax, long nanosMax, long pauseNanos) implements Fault {

  @Override
  public void strike(SimulatedCluster cluster) {
    SplittableRandom random = cluster.scheduler().random();
    List<SimulatedServer> servers = cluster.servers();
    String host = servers.get(random.nextInt(servers.size())).host();
    cluster.log().event("slow disk of " + host);
    cluster.pace(host).slow(callNanosMax);
    cluster.scheduler().after(random.nextLong(nanosMax), () -> cluster.pace(host).slow(0));
  }
}
