package org.skep.simulation.cluster;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.runtime.membership.RegistrationRefusedException;
import org.skep.runtime.membership.TargetDirectories;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.simulation.world.SimulatedProcess;
import org.skep.storage.StorageService;
import org.skep.storage.StorageSettings;
import org.skep.storage.sweep.Sweep;

/// The host of a storage server with one target.
public final class StorageHost extends SimulatedServer {
  private static final int PORT = 8003;

  private final int targetId;
  private final MemoryDisk disk;
  private @Nullable StorageService service;

  StorageHost(SimulatedCluster cluster, int targetId, String host, double clockRate) {
    super(cluster, NodeKind.STORAGE, host, clockRate);
    this.targetId = targetId;
    disk = new MemoryDisk(host);
  }

  public int targetId() {
    return targetId;
  }

  public MemoryDisk disk() {
    return disk;
  }

  @Override
  void serve(SimulatedProcess in)
      throws IOException, InterruptedException, RegistrationRefusedException {
    disk.setHook(DiskPace.of(in, cluster().pace(host())));
    StorageSettings settings =
        StorageSettings.of(
            List.of(new Endpoint.Tcp(host(), PORT)),
            List.of(cluster().managementEndpoint()),
            cluster().secret(),
            true);
    StorageService started =
        new StorageService(
            in.ports(),
            settings,
            List.of(new TargetDirectories.Directory(cluster().flaw().disk(disk), targetId)));
    service = started;
    started.start();
  }

  /// The newest map it knows; null while it is down or starts.
  public @Nullable ClusterMap map() {
    StorageService serving = service;
    return serving == null || !isServing() ? null : serving.map();
  }

  @Override
  void powerLost(RandomGenerator random) {
    disk.crash(random);
  }

  /// Sweeps now; on a thread of a simulated process, while it serves.
  public Map<Integer, Sweep.Result> sweep() throws InterruptedException {
    StorageService serving = service;
    if (serving == null) {
      throw new IllegalStateException(host() + " never served");
    }
    return serving.sweepAll();
  }
}
