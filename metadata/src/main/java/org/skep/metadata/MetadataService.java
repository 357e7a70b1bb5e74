package org.skep.metadata;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.metadata.serving.BackgroundJob;
import org.skep.metadata.serving.RoutedChunks;
import org.skep.metadata.serving.RoutedPeers;
import org.skep.metadata.serving.ServedShards;
import org.skep.metadata.serving.ShardHost;
import org.skep.metadata.serving.SpaceGuard;
import org.skep.metadata.serving.SpacePlacement;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.StoreOpener;
import org.skep.mirror.EpochGuard;
import org.skep.runtime.membership.AdvertisedEndpoints;
import org.skep.runtime.membership.Assignment;
import org.skep.runtime.membership.ManagementCaller;
import org.skep.runtime.membership.ManagementUnreachableException;
import org.skep.runtime.membership.NodeAgent;
import org.skep.runtime.membership.Registration;
import org.skep.runtime.membership.RegistrationRefusedException;
import org.skep.runtime.membership.Suspicion;
import org.skep.runtime.membership.TargetDirectories;
import org.skep.runtime.port.Chance;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.route.ProcessWatch;
import org.skep.runtime.route.Router;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.OperationMetrics;
import org.skep.runtime.rpc.RpcClient;
import org.skep.runtime.rpc.RpcServer;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.SpaceMessage;
import org.skep.wire.message.StatusReply;
import org.skep.wire.message.StatusRequest;
import org.skep.wire.message.TargetReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A metadata server on any ports, with one shard for each of its targets. [#start] and [#stop] are
/// called once; stop by any thread, also while start still waits for management.
///
/// Start: look at the directories, listen (requests are told to try again), register, write the
/// identity of new directories, open the stores, lock what was interrupted, serve. Stop: tell
/// management, finish running requests, sync and close the stores.
public final class MetadataService {
  private static final Logger LOG = LoggerFactory.getLogger(MetadataService.class);

  /// Is in a target's directory once its store was made.
  private static final String STORE_MADE = "store-made";

  private static final String STORE_MADE_TEXT = "This Skep metadata target has a store.\n";
  private static final long STATUS_NANOS = 5_000_000_000L;
  private static final long STATUS_WAIT_NANOS = 2_000_000_000L;

  private final Ports ports;
  private final MetadataSettings settings;
  private final List<Directory> directories;
  private final long incarnation;
  private final MapHolder maps;
  private final RpcClient client;
  private final RpcServer server;
  private final ManagementCaller caller;
  private final SpacePlacement placement;
  private final ShardHost.Surroundings surroundings;
  private final BackgroundJob statusJob;
  private final ProcessWatch watch;
  // Empty until it is known from a directory or from management.
  private volatile String clusterId = "";
  private volatile @Nullable NodeAgent agent;
  private volatile @Nullable Serving serving;
  private volatile boolean stopped;

  /// A directory of the server.
  ///
  /// @param targetId wanted by the administrator; 0: as in its identity file, or given out
  /// @param store opens its store
  public record Directory(Disk disk, int targetId, StoreOpener store) {}

  /// What is served.
  ///
  /// @param disks by target
  private record Serving(ServedShards shards, Map<Integer, Disk> disks) {

    private Map<Integer, ShardHost> hosts() {
      return shards.hosts();
    }
  }

  public MetadataService(Ports ports, MetadataSettings settings, List<Directory> directories) {
    this.ports = ports;
    this.settings = settings;
    this.directories = List.copyOf(directories);
    incarnation = fresh(ports.chance());
    maps = new MapHolder(ports.clock());
    client =
        new RpcClient(
            ports,
            RpcClient.Settings.of(
                NodeKind.METADATA,
                fresh(ports.chance()),
                settings.secret(),
                this::clusterId,
                maps::hint));
    Dispatcher dispatcher = ServedShards.register(new Dispatcher(), this::shards);
    server = new RpcServer(ports, serverSettings(), dispatcher);
    caller = ManagementCaller.of(ports.clock(), client, settings.management());
    placement = new SpacePlacement(maps, ports.chance());
    Router router = new Router(ports, client, maps, Router.Settings.DEFAULT, new Suspicion(caller));
    watch = new ProcessWatch(ports, maps, client);
    surroundings =
        new ShardHost.Surroundings(
            ports,
            maps,
            placement,
            new RoutedPeers(router),
            new RoutedChunks(router, ports.clock()));
    statusJob = new BackgroundJob("status", STATUS_NANOS, ports.clock(), this::askStatus);
  }

  private static long fresh(Chance chance) {
    long number = chance.nextLong();
    return number == 0 ? 1 : number;
  }

  private RpcServer.Settings serverSettings() {
    return new RpcServer.Settings(
        NodeKind.METADATA,
        settings.listen(),
        settings.secret(),
        this::clusterId,
        incarnation,
        () -> maps.current().version(),
        settings.limits());
  }

  private @Nullable ServedShards shards() {
    Serving now = serving;
    return now == null ? null : now.shards;
  }

  /// Returns when the targets are served, waiting for management as long as it takes.
  ///
  /// @throws IOException one line for the operator: a directory that must not be used, an endpoint
  ///   that can't be listened on; nothing is left running
  /// @throws RegistrationRefusedException if management does not want this server
  /// @throws InterruptedException if it was stopped meanwhile
  public void start() throws IOException, RegistrationRefusedException, InterruptedException {
    boolean started = false;
    try {
      List<TargetDirectories.Directory> places =
          directories.stream()
              .map(place -> new TargetDirectories.Directory(place.disk, place.targetId))
              .toList();
      TargetDirectories found =
          TargetDirectories.check(
              NodeKind.METADATA, places, settings.nodeId(), settings.init(), ports.chance());
      clusterId = found.clusterId();
      server.start();
      NodeAgent joining = agent(found);
      agent = joining;
      if (stopped) {
        throw new InterruptedException("stopped while starting");
      }
      Assignment assignment =
          joining.start(given -> {
            found.adopt(given);
            clusterId = given.clusterId();
            // Before the first heartbeat, which must have its targets' reports.
            open(given);
          });
      Serving opened = serving;
      if (opened != null) {
        opened.hosts().values().forEach(host -> host.start(ports.threads()));
      }
      statusJob.start(ports.threads());
      watch.start();
      LOG.info(
          "serving node={} targets={} at={}",
          assignment.nodeId(),
          assignment.targetIds(),
          server.endpoints());
      started = true;
    } finally {
      if (!started) {
        stop();
      }
    }
  }

  private NodeAgent agent(TargetDirectories found) {
    String name = settings.hostName().isEmpty() ? ports.network().hostName() : settings.hostName();
    Registration registration =
        new Registration(
            NodeKind.METADATA,
            found.nodeId(),
            name,
            incarnation,
            AdvertisedEndpoints.of(server.endpoints(), name),
            found.clusterId(),
            found.claims(0),
            settings.failureDomain());
    return new NodeAgent(ports, caller, maps, registration, this::reports);
  }

  private void open(Assignment assignment) throws IOException {
    Map<Integer, ShardHost> hosts = new TreeMap<>();
    Map<Integer, Disk> disks = new TreeMap<>();
    boolean all = false;
    try {
      for (int i = 0; i < directories.size(); i++) {
        int target = assignment.targetIds().get(i);
        ShardHost host = host(directories.get(i), target, assignment.map());
        hosts.put(host.shard().id(), host);
        disks.put(target, directories.get(i).disk);
      }
      all = true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while opening the metadata targets", e);
    } finally {
      if (!all) {
        closeAll(hosts);
      }
    }
    EpochGuard guard = new EpochGuard(maps, NodeKind.METADATA, assignment.nodeId());
    serving = new Serving(new ServedShards(guard, maps, hosts), disks);
  }

  /// Opens a target's shard. Its store is made only once: a store that is gone is an error.
  private ShardHost host(Directory directory, int target, ClusterMap map)
      throws IOException, InterruptedException {
    int shard = shardOf(target, map);
    boolean create = !directory.disk.exists(STORE_MADE);
    KeyValueStore store = directory.store.open(create);
    boolean opened = false;
    try {
      ShardHost host =
          new ShardHost(surroundings, shard, store, new SpaceGuard(directory.disk, ports.clock()));
      if (map.rootShard() == shard) {
        host.shard().makeRoot(MapCodec.message(settings.rootPattern()));
      }
      if (create) {
        markMade(directory.disk);
      }
      opened = true;
      return host;
    } finally {
      if (!opened) {
        store.close();
      }
    }
  }

  private static void markMade(Disk disk) throws IOException {
    try (Disk.File file = disk.open(STORE_MADE, true)) {
      file.write(ByteBuffer.wrap(STORE_MADE_TEXT.getBytes(StandardCharsets.US_ASCII)), 0);
      file.sync(false);
    }
    disk.syncDirectory("");
  }

  private static int shardOf(int target, ClusterMap map) throws IOException {
    for (BuddyGroup group : map.groupsOf(NodeKind.METADATA)) {
      if (group.primary() == target) {
        return group.id();
      }
    }
    throw new IOException("metadata target " + target + " belongs to no shard");
  }

  private static void closeAll(Map<Integer, ShardHost> hosts) {
    for (ShardHost host : hosts.values()) {
      try {
        host.close();
      } catch (DiskException e) {
        LOG.warn("closing shard={} reason={}", host.shard().id(), e.getMessage());
      }
    }
  }

  private List<TargetReport> reports() {
    List<TargetReport> reports = new ArrayList<>();
    Serving now = serving;
    if (now != null) {
      long served = now.hosts().values().stream().mapToLong(ShardHost::served).sum();
      now.disks.forEach((target, disk) -> {
        try {
          reports.add(report(target, disk.space(), served));
        } catch (IOException e) {
          LOG.warn("no report of target={} reason={}", target, e.getMessage());
        }
      });
    }
    return reports;
  }

  private static TargetReport report(int target, Disk.Space space, long served) {
    return TargetReport.newBuilder()
        .setTargetId(target)
        .setOperations(served)
        .setSpace(
            SpaceMessage.newBuilder()
                .setTotalBytes(space.totalBytes())
                .setFreeBytes(space.freeBytes())
                .setTotalInodes(space.totalInodes())
                .setFreeInodes(space.freeInodes()))
        .build();
  }

  private void askStatus() throws InterruptedException {
    try {
      Answer<StatusReply> answer =
          caller.call(
              Operations.STATUS,
              StatusRequest.getDefaultInstance(),
              STATUS_WAIT_NANOS,
              STATUS_WAIT_NANOS);
      switch (answer) {
        case Answer.Done<StatusReply>(StatusReply reply, int _, long _) ->
            placement.update(reply.getTargetsList());
        case Answer.Refused<StatusReply>(Failure failure) ->
            LOG.debug("no status: {}", failure.detail());
      }
    } catch (ManagementUnreachableException e) {
      LOG.debug("no status", e);
    }
  }

  /// Tells management, lets running requests finish, and closes everything.
  public void stop() {
    stopped = true;
    NodeAgent joined = agent;
    if (joined != null) {
      joined.stop();
    }
    server.stop();
    Serving ending = serving;
    try {
      watch.stop();
      statusJob.stop();
      if (ending != null) {
        for (ShardHost host : ending.hosts().values()) {
          host.stop();
        }
      }
    } catch (DiskException e) {
      LOG.error("stopping: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.close();
  }

  /// Where it listens; valid after [#start].
  public List<Endpoint> endpoints() {
    return server.endpoints();
  }

  /// The newest map it knows.
  public ClusterMap map() {
    return maps.current();
  }

  /// The shards that are served; empty until [#start] returns.
  public List<ShardHost> hosts() {
    Serving now = serving;
    return now == null ? List.of() : List.copyOf(now.hosts().values());
  }

  public List<OperationMetrics.Snapshot> metrics() {
    return server.metrics();
  }

  private String clusterId() {
    return clusterId;
  }
}
