package org.skep.metadata;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.metadata.resync.ResyncJob;
import org.skep.metadata.serving.BackgroundJob;
import org.skep.metadata.serving.RoutedChunks;
import org.skep.metadata.serving.RoutedPeers;
import org.skep.metadata.serving.ShardDoor;
import org.skep.metadata.serving.ShardHost;
import org.skep.metadata.serving.SpacePlacement;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.StoreOpener;
import org.skep.metadata.target.KeptSpare;
import org.skep.metadata.target.MetadataTarget;
import org.skep.metadata.target.ServedTargets;
import org.skep.metadata.target.StoreLife;
import org.skep.metadata.target.TargetStore;
import org.skep.mirror.EpochGuard;
import org.skep.mirror.GroupMember;
import org.skep.mirror.NodeSurroundings;
import org.skep.mirror.resync.ResyncManagement;
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
import org.skep.runtime.route.Suspicions;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.OperationMetrics;
import org.skep.runtime.rpc.RpcClient;
import org.skep.runtime.rpc.RpcServer;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.StatusReply;
import org.skep.wire.message.StatusRequest;
import org.skep.wire.message.TargetReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A metadata server on any ports: each of its targets is the primary or the secondary of a shard,
/// or a spare, as the map says. [#start] and [#stop] are called once; stop by any thread, also
/// while start still waits for management.
///
/// Start: look at the directories, listen (requests are told to try again), register, write the
/// identity of new directories, open the stores, begin the targets' roles. Stop: tell management,
/// finish or end running requests, sync and close the stores.
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
  private final Suspicion suspicion;
  private final Suspicions suspicions;
  // Empty until it is known from a directory or from management.
  private volatile String clusterId = "";
  private volatile @Nullable NodeAgent agent;
  private volatile @Nullable ServedTargets serving;
  private volatile boolean stopped;

  /// A directory of the server.
  ///
  /// @param targetId wanted by the administrator; 0: as in its identity file, or given out
  /// @param store opens its store
  /// @param spare which spare it is, if the server keeps it by itself
  public record Directory(Disk disk, int targetId, StoreOpener store, @Nullable KeptSpare spare) {

    /// One that an administrator named.
    public Directory(Disk disk, int targetId, StoreOpener store) {
      this(disk, targetId, store, null);
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
                // A secondary knows its primary's process by it.
                incarnation,
                settings.secret(),
                this::clusterId,
                maps::hint));
    Dispatcher dispatcher = ShardDoor.register(new Dispatcher(), () -> serving);
    server = new RpcServer(ports, serverSettings(), dispatcher);
    caller = ManagementCaller.of(ports.clock(), client, settings.management());
    placement = new SpacePlacement(maps, ports.chance());
    suspicion = new Suspicion(caller);
    suspicions = new Suspicions(ports);
    Router router = new Router(ports, client, maps, Router.Settings.DEFAULT, suspicion);
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

  /// Returns when the targets are members of their shards, waiting for management as long as it
  /// takes: those that need nobody else serve by then.
  ///
  /// @throws IOException one line for the operator: a directory that must not be used, an endpoint
  ///   that can't be listened on; nothing is left running
  /// @throws RegistrationRefusedException if management does not want this server
  /// @throws InterruptedException if it was stopped meanwhile
  public void start() throws IOException, RegistrationRefusedException, InterruptedException {
    boolean started = false;
    try {
      TargetDirectories found =
          TargetDirectories.check(
              NodeKind.METADATA, places(), settings.nodeId(), settings.init(), ports.chance());
      clusterId = found.clusterId();
      server.start();
      List<StoreLife> lives = lives();
      NodeAgent joining = agent(found, lives);
      agent = joining;
      if (stopped) {
        throw new InterruptedException("stopped while starting");
      }
      Assignment assignment =
          joining.start(given -> {
            found.adopt(given);
            clusterId = given.clusterId();
            noteSpares();
            // Before the first heartbeat, which must have its targets' reports.
            open(given, lives);
          });
      statusJob.start(ports.threads());
      watch.start();
      for (MetadataTarget target : targets()) {
        target.resync().start();
        target.awaitPrepared();
      }
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

  private List<TargetDirectories.Directory> places() throws IOException {
    List<TargetDirectories.Directory> places = new ArrayList<>();
    for (Directory directory : directories) {
      KeptSpare spare = directory.spare;
      TargetDirectories.Spare state =
          spare == null
              ? TargetDirectories.Spare.NONE
              : spare.isMade() ? TargetDirectories.Spare.MADE : TargetDirectories.Spare.NEW;
      places.add(new TargetDirectories.Directory(directory.disk, directory.targetId, state));
    }
    return places;
  }

  /// Before they can be used.
  private void noteSpares() throws IOException {
    for (Directory directory : directories) {
      if (directory.spare != null) {
        directory.spare.noteMade();
      }
    }
  }

  /// What the targets' stores are worth.
  private List<StoreLife> lives() throws IOException {
    List<StoreLife> lives = new ArrayList<>();
    for (Directory directory : directories) {
      lives.add(StoreLife.open(directory.disk));
    }
    return lives;
  }

  private NodeAgent agent(TargetDirectories found, List<StoreLife> lives) {
    Set<Integer> unsure = new TreeSet<>();
    for (int i = 0; i < lives.size(); i++) {
      if (lives.get(i).unsure()) {
        LOG.warn(
            "{}: acknowledged changes of its shard may be lost", directories.get(i).disk.name());
        unsure.add(i);
      }
    }
    String name = settings.hostName().isEmpty() ? ports.network().hostName() : settings.hostName();
    Registration registration =
        new Registration(
            NodeKind.METADATA,
            found.nodeId(),
            name,
            incarnation,
            AdvertisedEndpoints.of(server.endpoints(), name),
            found.clusterId(),
            found.claims(0, unsure),
            settings.failureDomain());
    return new NodeAgent(ports, caller, maps, registration, this::reports);
  }

  /// Opens the stores, and makes the targets members of whatever shards the map says.
  private void open(Assignment assignment, List<StoreLife> lives) throws IOException {
    List<MetadataTarget> opened = new ArrayList<>();
    boolean all = false;
    try {
      for (int i = 0; i < directories.size(); i++) {
        opened.add(open(directories.get(i), assignment.targetIds().get(i), lives.get(i)));
      }
      all = true;
    } finally {
      if (!all) {
        opened.forEach(this::close);
      }
    }
    EpochGuard guard = new EpochGuard(maps, NodeKind.METADATA, assignment.nodeId());
    serving = new ServedTargets(guard, incarnation, opened);
    opened.forEach(target -> target.member().start());
  }

  /// Its store is made only once: a store that is gone is an error.
  private MetadataTarget open(Directory directory, int id, StoreLife life) throws IOException {
    boolean create = !directory.disk.exists(STORE_MADE);
    StoreOpener opener = fresh -> open(directory, fresh);
    TargetStore store =
        create && directory.spare != null
            ? TargetStore.madeWhenUsed(opener)
            : new TargetStore(opener, create);
    MetadataTarget target =
        new MetadataTarget(
            id,
            directory.disk,
            store,
            life,
            surroundings,
            MapCodec.message(settings.rootPattern()));
    GroupMember member =
        new GroupMember(
            ports,
            maps,
            client,
            NodeKind.METADATA,
            id,
            new NodeSurroundings(id, () -> agent, suspicions, suspicion),
            target);
    target.join(
        member,
        new ResyncJob(
            ports, member, target::leader, ResyncManagement.of(caller, NodeKind.METADATA)));
    return target;
  }

  private static KeyValueStore open(Directory directory, boolean create) throws DiskException {
    KeyValueStore store = directory.store.open(create);
    if (create) {
      try {
        markMade(directory.disk);
      } catch (IOException e) {
        store.close();
        throw e instanceof DiskException failed
            ? failed
            : new DiskException(Errno.EIO.number(), String.valueOf(e.getMessage()));
      }
    }
    return store;
  }

  private static void markMade(Disk disk) throws IOException {
    try (Disk.File file = disk.open(STORE_MADE, true)) {
      file.write(ByteBuffer.wrap(STORE_MADE_TEXT.getBytes(StandardCharsets.US_ASCII)), 0);
      file.sync(false);
    }
    disk.syncDirectory("");
  }

  private void close(MetadataTarget target) {
    try {
      target.close();
    } catch (IOException e) {
      LOG.error("closing target={} reason={}", target.id(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<TargetReport> reports() {
    List<TargetReport> reports = new ArrayList<>();
    for (MetadataTarget target : targets()) {
      TargetReport.Builder report = TargetReport.newBuilder().setTargetId(target.id());
      target.member().report(report);
      reports.add(report.build());
    }
    return reports;
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

  /// Tells management, so that its shards switch over; then ends what is running, and closes
  /// everything. Mirrored targets note that all is on their disks.
  public void stop() {
    stopped = true;
    targets().forEach(target -> target.resync().stop());
    NodeAgent joined = agent;
    if (joined != null) {
      joined.stop();
    }
    targets().forEach(target -> target.member().stop());
    server.stop();
    try {
      watch.stop();
      statusJob.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.close();
    targets().forEach(this::close);
  }

  /// Where it listens; valid after [#start].
  public List<Endpoint> endpoints() {
    return server.endpoints();
  }

  /// The newest map it knows.
  public ClusterMap map() {
    return maps.current();
  }

  /// Its targets; none until it is registered.
  public List<MetadataTarget> targets() {
    ServedTargets now = serving;
    return now == null ? List.of() : now.targets();
  }

  /// The shards of which it is the primary now.
  public List<ShardHost> hosts() {
    return targets().stream().map(MetadataTarget::host).filter(Objects::nonNull).toList();
  }

  public List<OperationMetrics.Snapshot> metrics() {
    return server.metrics();
  }

  private String clusterId() {
    return clusterId;
  }
}
