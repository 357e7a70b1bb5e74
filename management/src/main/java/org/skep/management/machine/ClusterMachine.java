package org.skep.management.machine;

import org.skep.cluster.ClusterMap;
import org.skep.management.log.StateMachine;
import org.skep.management.state.ClusterState;
import org.skep.management.state.GroupMove;
import org.skep.management.state.Step;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;
import org.skep.wire.MapCodec;
import org.skep.wire.message.ClusterMapMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Holds the cluster's state: the only place that changes it, driven by the log. Any thread may
/// read it and wait for newer maps.
public final class ClusterMachine implements StateMachine {
  private static final Logger LOGGER = LoggerFactory.getLogger(ClusterMachine.class);

  /// A map with its message, made once for all who ask.
  private record Published(ClusterState state, ClusterMapMessage message) {
    static Published of(ClusterState state) {
      return new Published(state, MapCodec.message(state.map()));
    }
  }

  private final Gate gate;
  // written with the gate locked
  private volatile Published published = Published.of(ClusterState.EMPTY);
  // guarded by gate
  private boolean closing;
  private volatile boolean announcing;

  public ClusterMachine(Clock clock) {
    gate = new Gate(clock);
  }

  public ClusterState state() {
    return published.state();
  }

  public ClusterMap map() {
    return published.state().map();
  }

  public ClusterMapMessage mapMessage() {
    return published.message();
  }

  /// Waits until the map is newer than `version`, at most that long, or until [#wakeAll].
  ///
  /// @return whether it is newer
  public boolean awaitNewer(long version, long nanos) throws InterruptedException {
    gate.lock();
    try {
      long restNanos = nanos;
      while (map().version() <= version && !closing && restNanos > 0) {
        restNanos = gate.awaitNanos(restNanos);
      }
      return map().version() > version;
    } finally {
      gate.unlock();
    }
  }

  /// Ends all waits, present and future ones: the service stops.
  public void wakeAll() {
    gate.lock();
    try {
      closing = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Whether [#wakeAll] was called.
  public boolean isClosing() {
    gate.lock();
    try {
      return closing;
    } finally {
      gate.unlock();
    }
  }

  @Override
  public byte[] apply(byte[] command) {
    Step step = state().apply(RecordCodec.command(command));
    publish(step.state());
    if (announcing) {
      step.moves().forEach(ClusterMachine::announce);
    }
    return RecordCodec.bytes(step.result());
  }

  /// From now on what becomes of buddy groups is logged: what is applied before comes from the
  /// past.
  public void announce() {
    announcing = true;
  }

  private static void announce(GroupMove move) {
    if (!move.isNewEpoch()) {
      return;
    }
    LOGGER
        .atLevel(move.isGrave() ? Level.WARN : Level.INFO)
        .addKeyValue("kind", move.kind().label())
        .addKeyValue("group", move.groupId())
        .addKeyValue("event", move.event().text())
        .addKeyValue("reason", move.reason())
        .addKeyValue("from", move.from())
        .addKeyValue("to", move.to())
        .log(
            move.isForlorn()
                ? "buddy group changes: no member is Good, so it serves nothing"
                : "buddy group changes");
  }

  @Override
  public byte[] snapshot() {
    return RecordCodec.bytes(state());
  }

  @Override
  public void restore(byte[] snapshot) {
    publish(RecordCodec.state(snapshot));
  }

  private void publish(ClusterState next) {
    if (next.equals(state())) {
      return;
    }
    Published newer = Published.of(next);
    gate.lock();
    try {
      published = newer;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }
}
