package org.skep.simulation.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.skep.cluster.NodeKind;
import org.skep.simulation.cluster.SimulatedClient;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.SimulatedServer;

/// A storage server and some clients can reach each other, but not management, nor the other
/// storage servers and clients: what is old on the one side is replaced on the other. One at a
/// time.
public final class Split implements Fault {
  private final long nanosMax;
  private final long pauseNanos;
  private boolean split;

  public Split(long nanosMax, long pauseNanos) {
    this.nanosMax = nanosMax;
    this.pauseNanos = pauseNanos;
  }

  @Override
  public long pauseNanos() {
    return pauseNanos;
  }

  @Override
  public void strike(SimulatedCluster cluster) {
    if (split) {
      return;
    }
    split = true;
    SplittableRandom random = cluster.scheduler().random();
    List<String> few = new ArrayList<>();
    List<String> many = new ArrayList<>();
    String lonely = cluster.storage().get(random.nextInt(cluster.storage().size())).host();
    for (SimulatedServer server : cluster.servers()) {
      if (server.host().equals(lonely)) {
        few.add(lonely);
      } else if (server.kind() != NodeKind.METADATA) {
        // Metadata servers are reached by all: clients stay in their sessions.
        many.add(server.host());
      }
    }
    for (SimulatedClient client : cluster.clients()) {
      (random.nextBoolean() ? few : many).add(client.host());
    }
    cluster.log().event("split " + few + " from " + many);
    few.forEach(one ->
        many.forEach(other -> {
          cluster.network().cut(one, other);
          cluster.network().cut(other, one);
        }));
    cluster
        .scheduler()
        .after(
            random.nextLong(nanosMax),
            () -> {
              split = false;
              cluster.log().event("join " + few + " with " + many);
              few.forEach(one -> many.forEach(other -> cluster.network().heal(one, other)));
            });
  }
}
