package org.skep.simulation.cluster;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.cluster.StripePattern;
import org.skep.cluster.Target;
import org.skep.metadata.state.Records;
import org.skep.metadata.twin.MemoryStore;
import org.skep.runtime.port.DiskException;
import org.skep.simulation.log.EventLog;
import org.skep.simulation.world.Scheduler;
import org.skep.simulation.world.SimulatedNetwork;
import org.skep.simulation.world.SimulatedProcess;
import org.skep.wire.Secret;

/// Management, metadata servers, storage servers and clients. Used on the scheduler's thread.
public final class SimulatedCluster {
  private static final long START_NANOS = 60_000_000_000L;

  /// Quartz is off by up to so much.
  private static final double CLOCK_ERROR = 0.002;

  private final Scheduler scheduler;
  private final SimulatedNetwork network;
  private final EventLog log;
  private final Flaw flaw;
  private final @Nullable Secret secret;
  private final boolean mirrored;
  private final int mirroredShards;
  private final Map<String, DiskPace> paces = new LinkedHashMap<>();
  private final ManagementHost management;
  private final List<MetadataHost> metadata = new ArrayList<>();
  private final List<StorageHost> storage = new ArrayList<>();
  private final List<SimulatedClient> clients = new ArrayList<>();

  public SimulatedCluster(Scheduler scheduler, EventLog log, Shape shape, Flaw flaw) {
    this.scheduler = scheduler;
    this.log = log;
    this.flaw = flaw;
    network = new SimulatedNetwork(scheduler, SimulatedNetwork.Faults.NONE);
    mirrored = shape.mirrored();
    mirroredShards = shape.mirroredShards();
    secret = shape.secured() ? Secret.of(new byte[Secret.BYTES_MIN]) : null;
    management = new ManagementHost(this, "management", clockRate());
    for (int i = 1; i <= shape.metadataServers(); i++) {
      metadata.add(new MetadataHost(this, i, shape.spares(), "metadata" + i, clockRate()));
    }
    for (int i = 1; i <= shape.storageServers(); i++) {
      storage.add(new StorageHost(this, 100 + i, "storage" + i, clockRate()));
    }
    for (int i = 0; i < shape.clients(); i++) {
      clients.add(new SimulatedClient(this, "client" + i, clockRate()));
    }
  }

  private double clockRate() {
    return 1 + (scheduler.random().nextDouble() * 2 - 1) * CLOCK_ERROR;
  }

  public Scheduler scheduler() {
    return scheduler;
  }

  public SimulatedNetwork network() {
    return network;
  }

  public EventLog log() {
    return log;
  }

  public List<MetadataHost> metadata() {
    return metadata;
  }

  public List<StorageHost> storage() {
    return storage;
  }

  /// The host of a storage target.
  public StorageHost storageOf(int targetId) {
    return storage.stream().filter(host -> host.targetId() == targetId).findFirst().orElseThrow();
  }

  public String managementHost() {
    return management.host();
  }

  public List<SimulatedClient> clients() {
    return clients;
  }

  public SimulatedClient client(int index) {
    return clients.get(index);
  }

  /// All servers, management first.
  public List<SimulatedServer> servers() {
    List<SimulatedServer> servers = new ArrayList<>();
    servers.add(management);
    servers.addAll(metadata);
    servers.addAll(storage);
    return servers;
  }

  /// The shards that metadata targets have at first, that of the root directory first.
  public List<Integer> shards() {
    int root = Ids.shardOf(rootInode());
    List<Integer> shards = new ArrayList<>(List.of(root));
    metadata.stream().map(MetadataHost::targetId).filter(id -> id != root).forEach(shards::add);
    return shards;
  }

  /// How many of them are to get a second target.
  public int mirroredShards() {
    return mirroredShards;
  }

  /// The root directory: the first shard to be registered has it.
  public long rootInode() {
    for (MetadataHost host : metadata) {
      long inode = Ids.inode(host.targetId(), Ids.ROOT_COUNTER);
      try {
        if (new Records(host.store()).exists(inode)) {
          return inode;
        }
      } catch (DiskException e) {
        throw new IllegalStateException(e);
      }
    }
    throw new IllegalStateException("no shard has a root directory");
  }

  /// The stores of all shards, at their primaries.
  public Map<Integer, MemoryStore> shardStores() {
    Map<Integer, MemoryStore> stores = new TreeMap<>();
    ClusterMap map = new SimulatedGroups(this, NodeKind.METADATA).newest();
    for (BuddyGroup group : map.groupsOf(NodeKind.METADATA)) {
      stores.put(group.id(), metadataOf(group.primary()).store());
    }
    return stores;
  }

  /// The host of a metadata target.
  public MetadataHost metadataOf(int targetId) {
    return metadata.stream().filter(host -> host.targetId() == targetId).findFirst().orElseThrow();
  }

  /// Whether files are striped over groups.
  public boolean isMirrored() {
    return mirrored;
  }

  /// The pace of a host's disk.
  public DiskPace pace(String host) {
    return paces.computeIfAbsent(host, _ -> new DiskPace());
  }

  Flaw flaw() {
    return flaw;
  }

  /// Small chunks over up to four targets, or all groups, so that small files are striped.
  StripePattern pattern() {
    return mirrored
        ? new StripePattern(
            StripePattern.Kind.BUDDY_MIRROR,
            StripePattern.CHUNK_BYTES_MIN,
            storage.size() / 2,
            Target.DEFAULT_POOL)
        : new StripePattern(
            StripePattern.Kind.RAID0,
            StripePattern.CHUNK_BYTES_MIN,
            Math.min(4, storage.size()),
            Target.DEFAULT_POOL);
  }

  @Nullable Secret secret() {
    return secret;
  }

  Endpoint managementEndpoint() {
    return management.endpoint();
  }

  SimulatedProcess newProcess(String host, String name, double clockRate) {
    return new SimulatedProcess(scheduler, network, host, name, clockRate);
  }

  /// Starts everything and waits until it serves and all clients are connected.
  public void start() {
    bootServers();
    awaitServing();
    clients.forEach(SimulatedClient::boot);
    run(() -> clients.stream().allMatch(SimulatedClient::isConnected), "the clients");
  }

  /// Starts the servers that are down.
  public void bootServers() {
    servers().stream().filter(server -> !server.isUp()).forEach(SimulatedServer::boot);
  }

  public void awaitServing() {
    run(() -> servers().stream().allMatch(SimulatedServer::isServing), "the servers");
  }

  /// Ends every process; nothing of the world is left then but its disks.
  public void killAll() {
    servers().forEach(SimulatedServer::kill);
    clients.stream().filter(SimulatedClient::isUp).forEach(SimulatedClient::kill);
  }

  private void run(BooleanSupplier condition, String what) {
    scheduler.runUntil(condition, START_NANOS, what + " to start");
  }
}
