package org.skep.simulation.fault;

import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.skep.cluster.NodeKind;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.SimulatedServer;

/// A server dies and comes back on its disks: the process alone (`kill -9`), or its host with
/// everything that was not synced (power cut).
///
/// @param kinds of servers that it may hit
/// @param powerCuts how many of a hundred crashes are power cuts
/// @param downNanosMax how long it is away
public record Crash(Set<NodeKind> kinds, int powerCuts, long downNanosMax, long pauseNanos)
    implements Fault {

  @Override
  public void strike(SimulatedCluster cluster) {
    List<SimulatedServer> candidates =
        cluster.servers().stream()
            .filter(server -> kinds.contains(server.kind()) && server.isUp())
            .toList();
    if (candidates.isEmpty()) {
      return;
    }
    SplittableRandom random = cluster.scheduler().random();
    SimulatedServer victim = candidates.get(random.nextInt(candidates.size()));
    if (random.nextInt(100) < powerCuts) {
      victim.cutPower(random);
    } else {
      victim.kill();
    }
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
