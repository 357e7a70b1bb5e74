package org.skep.management.heartbeat;

import java.util.List;
import org.skep.cluster.Target;
import org.skep.management.machine.ClusterLog;
import org.skep.management.machine.ClusterMachine;
import org.skep.management.state.Command.ReachabilityChange;
import org.skep.management.state.Command.SetReachability;
import org.skep.management.state.CommandLimits;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at the heartbeats many times within the offline time-out, as long as this peer leads, and
/// puts what changed into the log. A change that could not be logged is found again the next time.
public final class ReachabilityWatch {
  private static final Logger LOGGER = LoggerFactory.getLogger(ReachabilityWatch.class);

  private final Ports ports;
  private final ClusterMachine machine;
  private final ClusterLog log;
  private final Heartbeats heartbeats;
  private final Runnable onLeading;
  private final Gate gate;
  // of the watching thread
  private boolean leading;
  // guarded by gate
  private boolean stopped;

  /// @param onLeading called on the watching thread whenever this peer has become the leader
  public ReachabilityWatch(
      Ports ports,
      ClusterMachine machine,
      ClusterLog log,
      Heartbeats heartbeats,
      Runnable onLeading) {
    this.ports = ports;
    this.machine = machine;
    this.log = log;
    this.heartbeats = heartbeats;
    this.onLeading = onLeading;
    this.gate = new Gate(ports.clock());
  }

  /// Once only.
  public void start() {
    Thread _ = ports.threads().start("reachability-watch", this::watch);
  }

  public void stop() {
    gate.lock();
    try {
      stopped = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  private void watch() {
    while (pause()) {
      look();
    }
  }

  /// @throws IllegalStateException if the log is broken, which ends the service
  private void look() {
    String broken = log.broken();
    if (broken != null && !isStopped()) {
      throw new IllegalStateException("management can't go on: " + broken);
    }
    boolean leads = log.isLeader();
    if (leads && !leading) {
      heartbeats.begin(ports.clock().nanoTime());
      onLeading.run();
    }
    leading = leads;
    if (leads) {
      decide();
    }
  }

  private void decide() {
    List<ReachabilityChange> changes = heartbeats.decide(machine.map(), ports.clock().nanoTime());
    for (int i = 0; i < changes.size(); i += CommandLimits.CHANGES_MAX) {
      List<ReachabilityChange> part =
          changes.subList(i, Math.min(changes.size(), i + CommandLimits.CHANGES_MAX));
      part.forEach(this::announce);
      switch (log.submit(new SetReachability(part))) {
        case ClusterLog.Answer.Decided _ -> heartbeats.settled(part);
        case ClusterLog.Answer.Undecided undecided ->
            LOGGER
                .atWarn()
                .addKeyValue("reason", undecided.failure().detail())
                .log("reachability not recorded, trying again");
      }
    }
  }

  private void announce(ReachabilityChange change) {
    Target target = machine.map().target(change.kind(), change.targetId());
    if (target != null && target.reachability() == change.reachability()) {
      return;
    }
    LOGGER
        .atInfo()
        .addKeyValue("kind", change.kind().label())
        .addKeyValue("target", change.targetId())
        .addKeyValue("node", target == null ? 0 : target.nodeId())
        .addKeyValue("from", target == null ? "-" : target.reachability().label())
        .addKeyValue("to", change.reachability().label())
        .log("reachability changes");
  }

  private boolean isStopped() {
    gate.lock();
    try {
      return stopped;
    } finally {
      gate.unlock();
    }
  }

  /// @return false if the watch is over
  private boolean pause() {
    gate.lock();
    try {
      long restNanos = heartbeats.lookNanos();
      while (!stopped && restNanos > 0) {
        restNanos = gate.awaitNanos(restNanos);
      }
      if (-restNanos > heartbeats.stillNanos()) {
        LOGGER
            .atWarn()
            .addKeyValue("millis", -restNanos / 1_000_000)
            .log("management stood still: all servers get a full offline time-out");
        heartbeats.resume(ports.clock().nanoTime());
      }
      return !stopped;
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    } finally {
      gate.unlock();
    }
  }
}
