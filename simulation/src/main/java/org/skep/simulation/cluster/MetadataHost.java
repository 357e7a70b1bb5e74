package org.skep.simulation.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.metadata.MetadataService;
import org.skep.metadata.MetadataSettings;
import org.skep.metadata.target.KeptSpare;
import org.skep.metadata.twin.MemoryStore;
import org.skep.runtime.membership.RegistrationRefusedException;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.simulation.world.SimulatedProcess;

/// The host of a metadata server with one target, a shard or a copy of one, and perhaps a spare
/// that it keeps.
public final class MetadataHost extends SimulatedServer {
  private static final int PORT = 8005;

  private final int targetId;
  private final MemoryDisk disk;
  private final MemoryStore store = new MemoryStore();
  private final boolean keepsSpare;
  private final MemoryDisk spareDisk;
  private final MemoryStore spareStore = new MemoryStore();
  private @Nullable MetadataService service;

  MetadataHost(
      SimulatedCluster cluster, int targetId, boolean keepsSpare, String host, double clockRate) {
    super(cluster, NodeKind.METADATA, host, clockRate);
    this.targetId = targetId;
    this.keepsSpare = keepsSpare;
    disk = new MemoryDisk(host);
    spareDisk = new MemoryDisk(host + "/spare");
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
            "",
            0);
    List<MetadataService.Directory> directories = new ArrayList<>();
    directories.add(directory(disk, targetId, store, in, null));
    if (keepsSpare) {
      KeptSpare spare = KeptSpare.of(List.of(disk), 1).getFirst();
      directories.add(directory(spareDisk, 0, spareStore, in, spare));
    }
    MetadataService started = new MetadataService(in.ports(), settings, directories);
    service = started;
    started.start();
  }

  private MetadataService.Directory directory(
      MemoryDisk on, int id, MemoryStore content, SimulatedProcess in, @Nullable KeptSpare spare) {
    PacedStore paced =
        new PacedStore(cluster().flaw().store(content.open(0)), in, cluster().pace(host()));
    return new MetadataService.Directory(on, id, create -> paced, spare);
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
    if (keepsSpare) {
      spareDisk.crash(random);
      MemoryStore _ = spareStore.open(random.nextInt(spareStore.unsyncedCount() + 1));
    }
  }
}
