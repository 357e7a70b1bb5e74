package org.skep.simulation.cluster;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.simulation.world.SimulatedProcess;

/// One server on a host of its own: its disks, and the process that runs on them now, if one does.
/// Used on the scheduler's thread, but for [#serve].
public abstract class SimulatedServer {
  private final SimulatedCluster cluster;
  private final NodeKind kind;
  private final String host;
  private final double clockRate;
  private @Nullable SimulatedProcess process;
  private int powerCuts;
  private int lives;
  private boolean serving;

  SimulatedServer(SimulatedCluster cluster, NodeKind kind, String host, double clockRate) {
    this.cluster = cluster;
    this.kind = kind;
    this.host = host;
    this.clockRate = clockRate;
  }

  public final NodeKind kind() {
    return kind;
  }

  public final String host() {
    return host;
  }

  final SimulatedCluster cluster() {
    return cluster;
  }

  /// Whether a process runs.
  public final boolean isUp() {
    return process != null;
  }

  /// Whether its process has started and serves.
  public final boolean isServing() {
    return serving;
  }

  /// Starts a process on the disks as they are.
  public final void boot() {
    if (process != null) {
      throw new IllegalStateException(host + " runs already");
    }
    SimulatedProcess fresh = cluster.newProcess(host, host + "." + ++lives, clockRate);
    process = fresh;
    cluster.log().event("boot " + fresh.name());
    Thread _ =
        fresh.start(
            "main",
            () -> {
              try {
                serve(fresh);
              } catch (Exception e) {
                throw new AssertionError(host + " does not start", e);
              }
              serving = true;
            });
  }

  /// Starts the service; on a thread of its process.
  ///
  /// @throws Exception what a service may throw at its start: none is expected here
  abstract void serve(SimulatedProcess in) throws Exception;

  /// `kill -9`: what the process wrote stays.
  public final void kill() {
    SimulatedProcess dying = process;
    if (dying != null) {
      cluster.log().event("kill " + dying.name());
      dying.kill();
      gone();
    }
  }

  /// Its process stands still (`kill -STOP`).
  ///
  /// @return lets it go on; without effect when that process has ended meanwhile
  public final Runnable pause() {
    SimulatedProcess paused = process;
    if (paused == null) {
      throw new IllegalStateException(host + " does not run");
    }
    cluster.log().event("stop " + paused.name());
    paused.pause();
    return () -> goOn(paused);
  }

  /// Lets its process go on, if it stands still.
  public final void goOn() {
    if (process != null) {
      goOn(process);
    }
  }

  private void goOn(SimulatedProcess paused) {
    if (paused.isPaused() && paused.alive()) {
      cluster.log().event("continue " + paused.name());
      paused.goOn();
    }
  }

  public final boolean isPaused() {
    return process != null && process.isPaused();
  }

  private void gone() {
    process = null;
    serving = false;
  }

  /// The host loses its power: what was not synced may be lost.
  public final void cutPower(RandomGenerator random) {
    SimulatedProcess dying = process;
    cluster.log().event("cut the power of " + host);
    if (dying != null) {
      dying.vanish();
      gone();
    }
    powerCuts++;
    powerLost(random);
  }

  /// How often its power was cut.
  public final int powerCuts() {
    return powerCuts;
  }

  abstract void powerLost(RandomGenerator random);
}
