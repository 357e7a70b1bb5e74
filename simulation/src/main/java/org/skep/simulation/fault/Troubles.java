package org.skep.simulation.fault;

import java.util.List;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.SimulatedServer;
import org.skep.simulation.world.Scheduler;
import org.skep.simulation.world.SimulatedNetwork;

/// The faults of one run, from [#begin] to [#end]. Used on the scheduler's thread.
public final class Troubles {
  private final SimulatedCluster cluster;
  private final List<Fault> faults;
  private final SimulatedNetwork.Faults wires;
  private boolean over;

  /// @param wires how they are meanwhile
  public Troubles(SimulatedCluster cluster, List<Fault> faults, SimulatedNetwork.Faults wires) {
    this.cluster = cluster;
    this.faults = faults;
    this.wires = wires;
  }

  /// Lets the faults strike for at most that long.
  public void begin(long nanos) {
    cluster.network().setFaults(wires);
    faults.forEach(this::schedule);
    cluster.scheduler().after(nanos, this::end);
  }

  private void schedule(Fault fault) {
    Scheduler scheduler = cluster.scheduler();
    long pause = 1 + scheduler.random().nextLong(2 * fault.pauseNanos());
    scheduler.after(
        pause,
        () -> {
          if (!over) {
            fault.strike(cluster);
            schedule(fault);
          }
        });
  }

  /// Nothing more goes wrong, and everything is mended: wires, disks, servers that are down or
  /// stand still.
  public void end() {
    if (!over) {
      over = true;
      cluster.log().event("the faults are over");
      cluster.network().setFaults(SimulatedNetwork.Faults.NONE);
      cluster.network().heal();
      cluster.servers().forEach(server -> cluster.pace(server.host()).slow(0));
      cluster.servers().forEach(SimulatedServer::goOn);
      cluster.bootServers();
    }
  }
}
