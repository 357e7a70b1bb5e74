package org.skep.management;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.management.heartbeat.ClientList;
import org.skep.management.heartbeat.Heartbeats;
import org.skep.management.heartbeat.ReachabilityWatch;
import org.skep.management.log.CommandLog;
import org.skep.management.machine.ClusterLog;
import org.skep.management.machine.ClusterMachine;
import org.skep.management.operation.Desk;
import org.skep.management.operation.DeskOperations;
import org.skep.management.operation.ShardDoor;
import org.skep.management.state.Command;
import org.skep.management.state.Result;
import org.skep.runtime.membership.Advertisement;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.Ports;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.Peer;
import org.skep.runtime.rpc.RequestHeader;
import org.skep.runtime.rpc.RpcClient;
import org.skep.runtime.rpc.RpcServer;
import org.skep.wire.Operations;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Management on any ports and any log. [#start] and [#stop] are called once, by one thread.
public final class ManagementService {
  private static final Logger LOGGER = LoggerFactory.getLogger(ManagementService.class);
  private static final long LEADER_LOOK_NANOS = 2_000_000L;
  private static final long WAIT_LOG_NANOS = 5_000_000_000L;

  /// Within the time that an administrator's request waits for management.
  private static final long SHARD_NANOS = 2_000_000_000L;

  private final Ports ports;
  private final ManagementSettings settings;
  private final Disk disk;
  private final CommandLog.Opening opening;
  private final ClusterMachine machine;
  private final long incarnation;
  private @Nullable Running running;

  /// What there is between start and stop.
  private record Running(
      CommandLog log, RpcServer server, ReachabilityWatch watch, RpcClient client) {}

  /// @param disk rooted at management's directory
  /// @param opening of the log in that directory
  public ManagementService(
      Ports ports, ManagementSettings settings, Disk disk, CommandLog.Opening opening) {
    this.ports = ports;
    this.settings = settings;
    this.disk = disk;
    this.opening = opening;
    this.machine = new ClusterMachine(ports.clock());
    this.incarnation = ports.chance().nextLong();
  }

  /// Opens the directory and the log, creates the cluster if it is new, and serves. With several
  /// raft peers it waits for a majority of them, as long as it takes.
  ///
  /// @throws IOException with one line for the operator: directory, log or address can't be used
  public void start() throws IOException, InterruptedException {
    ManagementDirectory directory = ManagementDirectory.open(disk, settings, ports.chance());
    CommandLog commandLog = opening.open(machine);
    try {
      ClusterLog log = new ClusterLog(commandLog);
      create(directory, log);
      machine.announce();
      running = serve(commandLog, log);
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      closeAfter(commandLog, e);
      throw e;
    }
    LOGGER
        .atInfo()
        .addKeyValue("cluster", directory.clusterId())
        .addKeyValue("listen", endpoints())
        .addKeyValue("map", machine.map().version())
        .log("management serves");
  }

  private static void closeAfter(CommandLog log, Throwable reason) {
    try {
      log.close();
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  private void create(ManagementDirectory directory, ClusterLog log)
      throws IOException, InterruptedException {
    awaitState(log);
    if (machine.map().clusterId().isEmpty()) {
      if (directory.isCreated()) {
        throw directory.lost();
      }
      submitCreation(directory, log);
    }
    if (!machine.map().clusterId().equals(directory.clusterId())) {
      throw new IOException(
          disk.name()
              + ": the log is of cluster "
              + machine.map().clusterId()
              + ", the directory of "
              + directory.clusterId());
    }
    if (!directory.isCreated()) {
      directory.created();
    }
  }

  /// Waits until the log leads here, or has told of a cluster that another peer leads.
  private void awaitState(ClusterLog log) throws IOException, InterruptedException {
    Clock clock = ports.clock();
    long loggedAt = clock.nanoTime();
    while (!log.isLeader() && machine.map().clusterId().isEmpty()) {
      String broken = log.broken();
      if (broken != null) {
        throw new IOException("management's log: " + broken);
      }
      if (clock.nanoTime() - loggedAt >= WAIT_LOG_NANOS) {
        loggedAt = clock.nanoTime();
        LOGGER
            .atWarn()
            .addKeyValue("peers", settings.peers().peers())
            .log("waiting for a majority of management's raft peers");
      }
      clock.sleepNanos(LEADER_LOOK_NANOS);
    }
  }

  private void submitCreation(ManagementDirectory directory, ClusterLog log) throws IOException {
    switch (log.submit(new Command.CreateCluster(directory.clusterId()))) {
      case ClusterLog.Answer.Decided(Result.Rejected(int _, String reason)) ->
          throw new IOException("creating the cluster: " + reason);
      case ClusterLog.Answer.Decided _ -> {}
      case ClusterLog.Answer.Undecided undecided ->
          throw new IOException("creating the cluster: " + undecided.failure().detail());
    }
  }

  private Running serve(CommandLog commandLog, ClusterLog log) throws IOException {
    Heartbeats heartbeats =
        new Heartbeats(settings.offlineTimeoutNanos(), ports.clock().nanoTime());
    RpcClient client =
        new RpcClient(
            ports,
            RpcClient.Settings.of(
                NodeKind.MANAGEMENT,
                Math.max(1, ports.chance().nextLong() >>> 1),
                settings.secret(),
                () -> machine.map().clusterId(),
                _ -> {}));
    Desk desk =
        new Desk(
            ports.clock(),
            ports.network(),
            machine,
            log,
            heartbeats,
            new ClientList(),
            shards(client),
            settings.metadataLimits(),
            settings.storageLimits());
    Dispatcher dispatcher = DeskOperations.register(new Dispatcher(), desk);
    RpcServer server =
        new RpcServer(
            ports,
            new RpcServer.Settings(
                NodeKind.MANAGEMENT,
                settings.listen(),
                settings.secret(),
                () -> machine.map().clusterId(),
                incarnation,
                () -> machine.map().version(),
                settings.serverLimits()),
            dispatcher);
    server.start();
    ReachabilityWatch watch =
        new ReachabilityWatch(
            ports, machine, log, heartbeats, () -> introduce(log, server.endpoints()));
    watch.start();
    return new Running(commandLog, server, watch, client);
  }

  private static ShardDoor shards(RpcClient client) {
    return (node, shard, request) ->
        client.call(
            Peer.of(node),
            Operations.RETIRE_SHARD,
            request,
            new RequestHeader(shard.id(), shard.epoch(), 0, 0, 0),
            null,
            null,
            SHARD_NANOS);
  }

  /// Puts this peer into the map, for the operator's tool; it is no loss if it does not get there.
  private void introduce(ClusterLog log, List<Endpoint> endpoints) {
    Command.RegisterNode self =
        new Command.RegisterNode(
            NodeKind.MANAGEMENT,
            settings.peers().self(),
            ports.network().hostName(),
            ports.network().hostId(),
            incarnation,
            Advertisement.of(ports.network(), endpoints),
            List.of(),
            "");
    if (log.submit(self) instanceof ClusterLog.Answer.Undecided undecided) {
      LOGGER
          .atWarn()
          .addKeyValue("reason", undecided.failure().detail())
          .log("management is not in the map");
    }
  }

  /// Where it listens, with the real ports; empty before [#start].
  public List<Endpoint> endpoints() {
    return running == null ? List.of() : running.server().endpoints();
  }

  /// Empty before [#start].
  public String clusterId() {
    return machine.map().clusterId();
  }

  /// Answers what is under way and closes the log.
  public void stop() throws IOException {
    if (running == null) {
      return;
    }
    Running ending = running;
    running = null;
    ending.watch().stop();
    machine.wakeAll();
    ending.client().close();
    ending.server().stop();
    ending.log().close();
  }
}
