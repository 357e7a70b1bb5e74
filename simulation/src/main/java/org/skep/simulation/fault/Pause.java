package org.skep.simulation.fault;

import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.skep.cluster.NodeKind;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.SimulatedServer;

/// A server stands still for a while (`kill -STOP`, `kill -CONT`): its host takes in what is sent
/// to it, and its time goes on.
///
/// @param kinds of servers that it may hit
public record Pause(Set<NodeKind> kinds, long nanosMax, long pauseNanos) implements Fault {

  @Override
  public void strike(SimulatedCluster cluster) {
    List<SimulatedServer> candidates =
        cluster.servers().stream()
            .filter(server -> kinds.contains(server.kind()) && server.isUp() && !server.isPaused())
            .toList();
    if (candidates.isEmpty()) {
      return;
    }
    SplittableRandom random = cluster.scheduler().random();
    SimulatedServer victim = candidates.get(random.nextInt(candidates.size()));
    Runnable goOn = victim.pause();
    cluster.scheduler().after(random.nextLong(nanosMax), goOn);
  }
}
