package org.skep.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.mirror.EpochGuard;
import org.skep.mirror.range.RangeReplica;
import org.skep.mirror.resync.ResyncManagement;
import org.skep.runtime.identity.TargetIdentity;
import org.skep.runtime.membership.AdvertisedEndpoints;
import org.skep.runtime.membership.Assignment;
import org.skep.runtime.membership.ManagementCaller;
import org.skep.runtime.membership.NodeAgent;
import org.skep.runtime.membership.Registration;
import org.skep.runtime.membership.RegistrationRefusedException;
import org.skep.runtime.membership.Suspicion;
import org.skep.runtime.membership.TargetDirectories;
import org.skep.runtime.port.Chance;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.route.ProcessWatch;
import org.skep.runtime.route.Router;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.OperationMetrics;
import org.skep.runtime.rpc.RpcClient;
import org.skep.runtime.rpc.RpcServer;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.group.Members;
import org.skep.storage.operation.ChunkOperations;
import org.skep.storage.resync.Resync;
import org.skep.storage.resync.StartRecovery;
import org.skep.storage.sweep.ShardInodes;
import org.skep.storage.sweep.Sweep;
import org.skep.storage.sweep.Sweeper;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.TargetReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A storage server on any ports. [#start] and [#stop] are called once; stop by any thread, also
/// while start still waits for management.
///
/// Start: look at the directories, listen (requests are told to try again), register, write the
/// identity of new directories, serve, sweep. Stop: tell management, finish running requests,
/// close. What targets have alone needs no sync at a stop: a write is acknowledged when the page
/// cache has it, and what must be durable was synced by its client. What a group has is synced, so
/// that a restart of the host afterwards costs no comparison of everything.
public final class StorageService {
  private static final Logger LOG = LoggerFactory.getLogger(StorageService.class);
  private static final int DESCRIPTORS_PER_TARGET_MIN = 16;

  /// To one other server: each change that is forwarded needs one, and a sync may hold it for long.
  private static final int CONNECTIONS_MAX = 256;

  private final Ports ports;
  private final StorageSettings settings;
  private final List<TargetDirectories.Directory> directories;
  private final long incarnation;
  private final MapHolder maps;
  private final RpcClient client;
  private final ServedTargets targets = new ServedTargets();
  private final ManagementCaller caller;
  private final Members members;
  private final ProcessWatch watch;
  private final RpcServer server;
  private final Sweeper sweeper;
  // Empty until it is known from a directory or from management.
  private volatile String clusterId = "";
  private volatile @Nullable NodeAgent agent;
  private volatile boolean stopped;

  public StorageService(
      Ports ports, StorageSettings settings, List<TargetDirectories.Directory> directories) {
    this.ports = ports;
    this.settings = settings;
    this.directories = List.copyOf(directories);
    incarnation = fresh(ports.chance());
    maps = new MapHolder(ports.clock());
    client =
        new RpcClient(
            ports,
            new RpcClient.Settings(
                NodeKind.STORAGE,
                // A secondary knows its primary's process by it.
                incarnation,
                settings.secret(),
                this::clusterId,
                maps::hint,
                CONNECTIONS_MAX,
                RpcClient.Settings.IDLE_NANOS));
    caller = ManagementCaller.of(ports.clock(), client, settings.management());
    Suspicion suspicion = new Suspicion(caller);
    members = new Members(ports, maps, client, () -> agent, suspicion);
    watch = new ProcessWatch(ports, maps, client);
    Dispatcher dispatcher = ChunkOperations.register(new Dispatcher(), targets, ports.clock());
    server = new RpcServer(ports, serverSettings(), dispatcher);
    Router router = new Router(ports, client, maps, Router.Settings.DEFAULT, suspicion);
    Sweep sweep =
        new Sweep(ports.clock(), new ShardInodes(router), settings.sweepChunksPerSecondMax());
    sweeper = new Sweeper(ports, targets, sweep, settings.sweepIntervalNanos());
  }

  private static long fresh(Chance chance) {
    long number = chance.nextLong();
    return number == 0 ? 1 : number;
  }

  private RpcServer.Settings serverSettings() {
    return new RpcServer.Settings(
        NodeKind.STORAGE,
        settings.listen(),
        settings.secret(),
        this::clusterId,
        incarnation,
        () -> maps.current().version(),
        settings.limits());
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
      TargetDirectories found =
          TargetDirectories.check(
              NodeKind.STORAGE, directories, settings.nodeId(), settings.init(), ports.chance());
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
            serve(found, given);
          });
      LOG.info(
          "serving node={} targets={} at={}",
          assignment.nodeId(),
          assignment.targetIds(),
          server.endpoints());
      if (settings.sweepIntervalNanos() > 0) {
        sweeper.start();
      }
      started = true;
    } finally {
      if (!started) {
        stop();
      }
    }
  }

  private NodeAgent agent(TargetDirectories found) throws IOException {
    String name = settings.hostName().isEmpty() ? ports.network().hostName() : settings.hostName();
    Registration registration =
        new Registration(
            NodeKind.STORAGE,
            found.nodeId(),
            name,
            incarnation,
            AdvertisedEndpoints.of(server.endpoints(), name),
            found.clusterId(),
            found.claims(settings.storagePoolId(), members.open(found.disks())),
            settings.failureDomain());
    return new NodeAgent(ports, caller, maps, registration, this::reports);
  }

  private void serve(TargetDirectories found, Assignment assignment) {
    List<TargetIdentity> identities = found.identities(assignment);
    List<StorageTarget> all = new ArrayList<>();
    // Half for the target's own chunk files, half for its group's.
    int descriptors =
        Math.max(DESCRIPTORS_PER_TARGET_MIN, settings.descriptorsMax() / identities.size()) / 2;
    for (int i = 0; i < identities.size(); i++) {
      TargetIdentity identity = identities.get(i);
      Disk disk = found.disks().get(i);
      StorageTarget target =
          new StorageTarget(
              identity.targetId(),
              new ChunkStore(disk, ChunkStore.CHUNKS, TargetIdentity.FILE_NAME, descriptors),
              () -> whatIsWrong(disk, identity),
              ports.clock());
      ChunkStore mirrored =
          new ChunkStore(disk, ChunkStore.MIRRORED, TargetIdentity.FILE_NAME, descriptors);
      StartRecovery recovery = new StartRecovery(mirrored);
      RangeReplica replica = members.join(i, target, mirrored, recovery);
      recovery.of(replica.member());
      target.resyncBy(
          new Resync(
              ports,
              replica,
              mirrored,
              disk,
              ResyncManagement.of(caller, NodeKind.STORAGE),
              settings.resyncBytesPerSecond()));
      all.add(target);
    }
    targets.open(new EpochGuard(maps, NodeKind.STORAGE, assignment.nodeId()), all);
    members.start();
    watch.start();
    all.forEach(target -> target.resync().start());
  }

  private static @Nullable String whatIsWrong(Disk disk, TargetIdentity identity)
      throws IOException {
    TargetIdentity.Expected expected =
        new TargetIdentity.Expected(NodeKind.STORAGE, identity.clusterId(), identity.nodeId());
    return switch (TargetIdentity.check(disk, expected, false)) {
      case TargetIdentity.Found.Refused(String message) -> message;
      case TargetIdentity.Found.Fresh() -> disk.name() + " is empty";
      case TargetIdentity.Found.Ours(TargetIdentity found) ->
          found.equals(identity) ? null : disk.name() + " is another target now: " + found;
    };
  }

  private List<TargetReport> reports() {
    List<TargetReport> reports = new ArrayList<>();
    for (StorageTarget target : targets.all()) {
      target.check();
      TargetReport report = target.report();
      if (report != null) {
        reports.add(report);
      }
    }
    return reports;
  }

  /// Tells management, lets running requests finish, puts what groups have on the disks, and closes
  /// everything.
  public void stop() {
    stopped = true;
    sweeper.stop();
    targets.all().forEach(target -> target.resync().stop());
    NodeAgent joined = agent;
    if (joined != null) {
      joined.stop();
    }
    members.stop();
    server.stop();
    watch.stop();
    client.close();
    for (StorageTarget target : targets.all()) {
      target.close();
    }
    members.leaveClean();
  }

  /// Where it listens; valid after [#start].
  public List<Endpoint> endpoints() {
    return server.endpoints();
  }

  /// The newest map it knows.
  public ClusterMap map() {
    return maps.current();
  }

  /// The targets that are served, and those that were given up; empty until [#start] returns.
  public List<StorageTarget> targets() {
    return targets.all();
  }

  public List<OperationMetrics.Snapshot> metrics() {
    return server.metrics();
  }

  /// Sweeps all targets now, on the calling thread.
  public Map<Integer, Sweep.Result> sweepAll() throws InterruptedException {
    return sweeper.sweepAll();
  }

  private String clusterId() {
    return clusterId;
  }
}
