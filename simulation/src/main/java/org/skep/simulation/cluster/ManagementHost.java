package org.skep.simulation.cluster;

import java.io.IOException;
import java.util.List;
import java.util.random.RandomGenerator;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.management.ManagementService;
import org.skep.management.ManagementSettings;
import org.skep.management.twin.MemoryLog;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.simulation.world.SimulatedProcess;

/// The host of management.
final class ManagementHost extends SimulatedServer {
  private final MemoryDisk disk;
  // Written and answered in two steps, so that a death in between leaves what nobody was told.
  private final MemoryLog.Store store = new MemoryLog.Store();

  ManagementHost(SimulatedCluster cluster, String host, double clockRate) {
    super(cluster, NodeKind.MANAGEMENT, host, clockRate);
    disk = new MemoryDisk(host);
  }

  Endpoint endpoint() {
    return new Endpoint.Tcp(host(), ManagementSettings.PORT);
  }

  @Override
  void serve(SimulatedProcess in) throws IOException, InterruptedException {
    ManagementSettings settings =
        ManagementSettings.of(List.of(endpoint()), cluster().secret(), true);
    ManagementService service =
        new ManagementService(
            in.ports(),
            settings,
            disk,
            machine -> {
              // The twin leaves nothing on the disk, where its folder is looked for.
              disk.createDirectories("raft/log");
              disk.syncDirectory("raft");
              disk.syncDirectory("");
              return new MemoryLog(in.ports().clock(), in.ports().chance(), store, machine);
            });
    service.start();
  }

  @Override
  void powerLost(RandomGenerator random) {
    disk.crash(random);
  }
}
