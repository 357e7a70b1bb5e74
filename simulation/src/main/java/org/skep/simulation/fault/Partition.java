package org.skep.simulation.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.skep.simulation.cluster.SimulatedClient;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.SimulatedServer;

/// Two hosts can't reach each other for a while, in one direction or both.
public record Partition(long nanosMax, long pauseNanos) implements Fault {

  @Override
  public void strike(SimulatedCluster cluster) {
    SplittableRandom random = cluster.scheduler().random();
    List<String> hosts = new ArrayList<>();
    cluster.servers().stream().map(SimulatedServer::host).forEach(hosts::add);
    cluster.clients().stream().map(SimulatedClient::host).forEach(hosts::add);
    String first = hosts.remove(random.nextInt(hosts.size()));
    String second = hosts.get(random.nextInt(hosts.size()));
    cluster.log().event("cut " + first + " -> " + second);
    cluster.network().cut(first, second);
    if (random.nextBoolean()) {
      cluster.log().event("cut " + second + " -> " + first);
      cluster.network().cut(second, first);
    }
    cluster
        .scheduler()
        .after(
            random.nextLong(nanosMax),
            () -> {
              cluster.log().event("heal " + first + " <-> " + second);
              cluster.network().heal(first, second);
            });
  }
}
