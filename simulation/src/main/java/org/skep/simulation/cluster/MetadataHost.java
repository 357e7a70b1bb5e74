package org.skep.simulation.cluster;

import java.io.IOException;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.metadata.MetadataService;
import org.skep.metadata.MetadataSettings;
import org.skep.metadata.twin.MemoryStore;
import org.skep.runtime.membership.RegistrationRefusedException;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.simulation.world.SimulatedProcess;

/// The host of a metadata server with one target: one shard, or a copy of one.
public final class MetadataHost extends SimulatedServer {
  private static final int PORT = 8005;

  private final int targetId;
  private final MemoryDisk disk;
  private final MemoryStore store = new MemoryStore();
  private @Nullable MetadataService service;

  MetadataHost(SimulatedCluster cluster, int targetId, String host, double clockRate) {
    super(cluster, NodeKind.METADATA, host, clockRate);
    this.targetId = targetId;
    disk = new MemoryDisk(host);
  }

  /// A shard has its first target's id.
  public int targetId() {
    return targetId;
  }

  public MemoryStore store() {
    return store;
  }

  @Override
  void serve(SimulatedProcess in)
      throws IOException, InterruptedException, RegistrationRefusedException {
    MetadataSettings settings =
        new MetadataSettings(
            0,
            "",
            List.of(new Endpoint.Tcp(host(), PORT)),
            List.of(cluster().managementEndpoint()),
            cluster().secret(),
            true,
            cluster().pattern(),
            ServerLimits.DEFAULT,
            "");
    PacedStore paced =
        new PacedStore(cluster().flaw().store(store.open(0)), in, cluster().pace(host()));
    MetadataService started =
        new MetadataService(
            in.ports(),
            settings,
            List.of(new MetadataService.Directory(disk, targetId, create -> paced)));
    service = started;
    started.start();
  }

  /// The newest map it knows; null while it is down or starts.
  public @Nullable ClusterMap map() {
    MetadataService serving = service;
    return serving == null || !isServing() ? null : serving.map();
  }

  @Override
  void powerLost(RandomGenerator random) {
    disk.crash(random);
    int lost = random.nextInt(store.unsyncedCount() + 1);
    cluster().log().event(host() + " loses " + lost + " of " + store.unsyncedCount() + " batches");
    MemoryStore _ = store.open(lost);
  }
}
