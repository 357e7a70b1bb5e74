package org.skep.runtime.membership;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Ids;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapSource;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.Empty;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.HeartbeatReply;
import org.skep.wire.message.HeartbeatRequest;
import org.skep.wire.message.LeaveRequest;
import org.skep.wire.message.NodeMessage;
import org.skep.wire.message.RegisterReply;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.TargetClaim;
import org.skep.wire.message.TargetReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A server's membership of the cluster, from its registration to its leave.
///
/// [#start] registers, hands the ids over, and starts its threads: one sends a heartbeat every
/// second (or as often as management wants, and at once when there is something to tell), one asks
/// the targets for their reports, one follows the map, one sees what it says of our targets. If
/// management does not know the node any more, or another process has taken it, the server
/// registers again; if it is taken too often, two processes believe to be this node, and the
/// service is stopped loudly.
public final class NodeAgent {
  private static final Logger LOGGER = LoggerFactory.getLogger(NodeAgent.class);

  /// Between two heartbeats, until management says otherwise.
  private static final long HEARTBEAT_NANOS = 1_000_000_000L;

  /// How long one peer of management may take to answer, and how long one registration or heartbeat
  /// is tried before the next one is made.
  private static final long REPLY_NANOS = 2_000_000_000L;

  private static final long TRY_NANOS = 2_000_000_000L;

  /// The least time between the beginnings of two heartbeats.
  private static final long HURRY_NANOS = 20_000_000L;

  private static final long WAIT_LOG_NANOS = 5_000_000_000L;
  private static final long LEAVE_NANOS = 2_000_000_000L;

  /// A late copy of a registration by this node's former process may take the node over once or
  /// twice; more often than that in a row is another living process.
  private static final int TAKEOVERS_MAX = 5;

  /// So long without being taken over, and the count begins anew.
  private static final long TAKEOVER_FORGET_NANOS = 60_000_000_000L;

  /// Takes the ids before anything is served under them: writes the identity files.
  @FunctionalInterface
  public interface Adoption {
    void adopt(Assignment assignment) throws IOException;
  }

  private final Ports ports;
  private final ManagementCaller caller;
  private final MapSource maps;
  private final FreshReports reports;
  private final MapFollower follower;
  private final Gate gate;
  // written by start, then by the heartbeat thread only
  private volatile Registration registration;
  // of the heartbeat thread
  private int takeovers;
  private long takenOverAt;
  private long intervalNanos = HEARTBEAT_NANOS;
  // guarded by gate
  private boolean stopped;
  // guarded by gate
  private boolean registered;
  // guarded by gate
  private boolean hurry;
  private final Leases leases;

  /// @param reports what is sent with each heartbeat, asked from a thread for nothing else: one for
  ///   each target that is served; a target without a report counts as silent. If it hangs, the
  ///   heartbeats go on with its last reports for 2 s, then without any
  public NodeAgent(
      Ports ports,
      ManagementCaller caller,
      MapSource maps,
      Registration registration,
      Supplier<List<TargetReport>> reports) {
    this.ports = ports;
    this.caller = caller;
    this.maps = maps;
    this.registration = registration;
    this.reports = new FreshReports(ports, reports);
    this.follower = new MapFollower(ports, caller, maps, null);
    this.gate = new Gate(ports.clock());
    this.leases = new Leases(ports.clock());
  }

  /// Registers, waiting for management as long as it takes (logged every 5 s), calls `adoption`,
  /// and starts the threads. Once only.
  ///
  /// @throws RegistrationRefusedException if trying again does not help
  /// @throws IOException what `adoption` threw
  /// @throws InterruptedException if [#stop] was called meanwhile
  public Assignment start(Adoption adoption)
      throws IOException, RegistrationRefusedException, InterruptedException {
    Assignment assignment = register(true);
    adoption.adopt(assignment);
    registration = registration.assigned(assignment);
    maps.offer(assignment.map());
    LOGGER
        .atInfo()
        .addKeyValue("kind", registration.kind().label())
        .addKeyValue("node", assignment.nodeId())
        .addKeyValue("targets", assignment.targetIds())
        .addKeyValue("cluster", assignment.clusterId())
        .log("registered");
    gate.lock();
    try {
      if (stopped) {
        throw new InterruptedException("stopped while starting");
      }
      registered = true;
      reports.start();
      ports.threads().start("heartbeat", this::beat);
      ports.threads().start("own-targets", this::watchMaps);
      follower.start();
    } finally {
      gate.unlock();
    }
    return assignment;
  }

  /// Ends the heartbeats, drops the leases and tells management, which is waited for at most 2 s.
  /// To be called before the process stops serving, so that its groups can switch over without a
  /// stall.
  public void stop() {
    boolean leave;
    gate.lock();
    try {
      leave = registered && !stopped;
      stopped = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
    follower.stop();
    reports.stop();
    leases.dropAll();
    if (leave) {
      leave();
    }
  }

  /// What the targets of this process may answer without asking their buddies.
  public Leases leases() {
    return leases;
  }

  /// Makes the next heartbeat follow at once; it asks for new reports. Any thread may call it.
  public void beatNow() {
    gate.lock();
    try {
      hurry = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// @param first a server that runs outlives a management that has another secret for a while
  private Assignment register(boolean first)
      throws RegistrationRefusedException, InterruptedException {
    RegisterRequest request = registerRequest();
    long loggedAt = ports.clock().nanoTime();
    while (goesOn()) {
      try {
        return switch (caller.call(Operations.REGISTER, request, REPLY_NANOS, TRY_NANOS)) {
          case Answer.Done<RegisterReply>(RegisterReply reply, int _, long _) -> assignment(reply);
          case Answer.Refused<RegisterReply>(Failure failure) ->
              throw new RegistrationRefusedException(failure);
        };
      } catch (ManagementUnreachableException e) {
        String refusal = caller.refusal();
        if (first && refusal != null) {
          throw new RegistrationRefusedException(Failure.errno(Errno.EPERM.number(), refusal));
        }
        if (refusal != null) {
          pause(intervalNanos);
        }
        if (ports.clock().nanoTime() - loggedAt >= WAIT_LOG_NANOS) {
          loggedAt = ports.clock().nanoTime();
          LOGGER
              .atWarn()
              .addKeyValue("reason", e.getMessage())
              .log("waiting to be registered by management");
        }
      }
    }
    throw new InterruptedException("stopped while registering");
  }

  private RegisterRequest registerRequest() {
    Registration own = registration;
    NodeMessage.Builder node =
        NodeMessage.newBuilder()
            .setKind(MapCodec.message(own.kind()))
            .setId(own.nodeId())
            .setName(own.name())
            .setHostId(ports.network().hostId())
            .setIncarnation(own.incarnation())
            .setFailureDomain(own.failureDomain());
    Advertisement.of(ports.network(), own.endpoints())
        .forEach(endpoint -> node.addEndpoints(MapCodec.message(endpoint)));
    RegisterRequest.Builder request =
        RegisterRequest.newBuilder().setNode(node).setClusterId(own.clusterId());
    for (Registration.Claim claim : own.claims()) {
      request.addTargets(
          TargetClaim.newBuilder()
              .setTargetId(claim.targetId())
              .setUuid(claim.uuid())
              .setStoragePoolId(claim.storagePoolId())
              .setUnsure(claim.unsure())
              .setKeptSpare(claim.keptSpare()));
    }
    return request.build();
  }

  private Assignment assignment(RegisterReply reply) throws RegistrationRefusedException {
    try {
      Ids.check("node", reply.getNodeId());
      for (int targetId : reply.getTargetIdsList()) {
        Ids.check("target", targetId);
      }
      if (reply.getTargetIdsCount() != registration.claims().size()) {
        throw new IllegalArgumentException(reply.getTargetIdsCount() + " targets");
      }
      return new Assignment(
          reply.getClusterId(),
          reply.getNodeId(),
          reply.getTargetIdsList(),
          MapCodec.of(reply.getMap()));
    } catch (IllegalArgumentException | MalformedFrameException e) {
      throw new RegistrationRefusedException(
          Failure.malformed("management's answer to the registration: " + e.getMessage()));
    }
  }

  private void beat() {
    try {
      while (goesOn()) {
        long started = ports.clock().nanoTime();
        heartbeat(started);
        awaitNext(started);
      }
    } catch (InterruptedException e) {
      if (goesOn()) {
        throw new IllegalStateException("nobody interrupts this thread", e);
      }
    } catch (RegistrationRefusedException e) {
      throw new IllegalStateException("management refuses this server: " + e.getMessage(), e);
    }
  }

  private void heartbeat(long started) throws InterruptedException, RegistrationRefusedException {
    // Read before the reports are made: they may be about an older map, never about a newer one.
    long mapVersion = maps.current().version();
    List<TargetReport> own = reports.get();
    HeartbeatRequest request =
        HeartbeatRequest.newBuilder()
            .setKind(MapCodec.message(registration.kind()))
            .setNodeId(registration.nodeId())
            .setIncarnation(registration.incarnation())
            .setMapVersion(mapVersion)
            .addAllReports(own.stream().map(this::withLease).toList())
            .build();
    try {
      switch (caller.call(Operations.HEARTBEAT, request, REPLY_NANOS, TRY_NANOS)) {
        case Answer.Done<HeartbeatReply>(HeartbeatReply reply, int _, long _) -> {
          take(reply, own, started);
          if (reply.getIntervalMillis() > 0) {
            intervalNanos = reply.getIntervalMillis() * 1_000_000L;
          }
        }
        case Answer.Refused<HeartbeatReply>(Failure failure) -> again(failure);
      }
    } catch (ManagementUnreachableException e) {
      LOGGER.debug("no heartbeat", e);
    }
  }

  private TargetReport withLease(TargetReport report) {
    return leases.suspended(report.getTargetId())
        ? report.toBuilder().setLeaseDropped(true).build()
        : report;
  }

  private void take(HeartbeatReply reply, List<TargetReport> own, long started) {
    boolean suspends =
        leases.answered(
            own.stream().map(TargetReport::getTargetId).toList(),
            reply.getSuspendedTargetsList(),
            started,
            Integer.toUnsignedLong(reply.getLeaseMillis()) * 1_000_000L);
    if (suspends) {
      beatNow();
    }
    if (reply.hasMap()) {
      boolean _ = MapFollower.take(maps, reply.getMap());
    }
  }

  /// Beats at once when a newer map concerns our targets: what they report may change by it.
  private void watchMaps() {
    ClusterMap before = maps.current();
    try {
      while (goesOn()) {
        if (maps.awaitVersion(before.version() + 1, HEARTBEAT_NANOS)) {
          ClusterMap now = maps.current();
          if (!OwnPart.of(registration, before).equals(OwnPart.of(registration, now))) {
            beatNow();
          }
          before = now;
        }
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }

  /// What a map says of this process's targets and their groups.
  private record OwnPart(List<Target> targets, List<BuddyGroup> groups) {
    static OwnPart of(Registration own, ClusterMap map) {
      List<Target> targets =
          map.targetsOf(own.kind()).stream()
              .filter(target -> target.nodeId() == own.nodeId())
              .toList();
      List<Integer> ids = targets.stream().map(Target::id).toList();
      List<BuddyGroup> groups =
          map.groupsOf(own.kind()).stream()
              .filter(group -> ids.contains(group.primary()) || ids.contains(group.secondary()))
              .toList();
      return new OwnPart(targets, groups);
    }
  }

  /// ENOENT: management does not know the node. ESTALE: it knows another process as this node.
  private void again(Failure failure) throws InterruptedException, RegistrationRefusedException {
    boolean unknown = isErrno(failure, Errno.ENOENT);
    boolean taken = isErrno(failure, Errno.ESTALE);
    leases.lapse();
    if (!goesOn()) {
      return;
    }
    if (!unknown && !taken) {
      LOGGER.error("management refuses the heartbeat: {}", failure.detail());
      return;
    }
    if (taken) {
      countTakeover();
    }
    LOGGER.atWarn().addKeyValue("reason", failure.detail()).log("registering again");
    Assignment assignment = register(false);
    if (assignment.nodeId() != registration.nodeId()
        || !registration.assigned(assignment).equals(registration)) {
      throw new IllegalStateException(
          "management gave other ids to a known server: " + assignment + " to " + registration);
    }
    maps.offer(assignment.map());
  }

  private static boolean isErrno(Failure failure, Errno errno) {
    return failure.kind() == FailureMessage.Kind.ERRNO && failure.errno() == errno.number();
  }

  private void countTakeover() {
    long now = ports.clock().nanoTime();
    takeovers = takeovers > 0 && now - takenOverAt < TAKEOVER_FORGET_NANOS ? takeovers + 1 : 1;
    takenOverAt = now;
    if (takeovers > TAKEOVERS_MAX) {
      throw new IllegalStateException(
          "another process registers as "
              + registration.kind().label()
              + " node "
              + registration.nodeId()
              + " all the time: two servers have the same target directories or node id");
    }
  }

  private void leave() {
    LeaveRequest request =
        LeaveRequest.newBuilder()
            .setKind(MapCodec.message(registration.kind()))
            .setNodeId(registration.nodeId())
            .setIncarnation(registration.incarnation())
            .build();
    try {
      Answer<Empty> answer = caller.call(Operations.LEAVE, request, LEAVE_NANOS, LEAVE_NANOS);
      if (answer instanceof Answer.Refused<Empty>(Failure failure)) {
        LOGGER.warn("management refused the leave: {}", failure.detail());
      }
    } catch (ManagementUnreachableException e) {
      LOGGER.warn("left without management knowing: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Waits for the next heartbeat's time: the interval after the last one, or at once if somebody
  /// is in a hurry.
  private void awaitNext(long started) throws InterruptedException {
    gate.lock();
    try {
      while (!stopped) {
        long gapNanos = hurry ? HURRY_NANOS : intervalNanos;
        long restNanos = started + gapNanos - ports.clock().nanoTime();
        if (restNanos <= 0) {
          break;
        }
        long _ = gate.awaitNanos(restNanos);
      }
      hurry = false;
    } finally {
      gate.unlock();
    }
  }

  private boolean goesOn() {
    gate.lock();
    try {
      return !stopped;
    } finally {
      gate.unlock();
    }
  }

  private void pause(long nanos) throws InterruptedException {
    gate.lock();
    try {
      long restNanos = nanos;
      while (!stopped && restNanos > 0) {
        restNanos = gate.awaitNanos(restNanos);
      }
    } finally {
      gate.unlock();
    }
  }
}
