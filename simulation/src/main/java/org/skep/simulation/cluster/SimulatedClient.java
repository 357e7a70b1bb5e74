package org.skep.simulation.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.client.DataSettings;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.system.ClusterClient;
import org.skep.simulation.world.SimulatedProcess;

/// A client on a host of its own; it can die and come back as a new one. Used on the scheduler's
/// thread, but for [#files].
public final class SimulatedClient {
  private static final int WRITE_BEHIND_BYTES = 4 << 20;

  private final SimulatedCluster cluster;
  private final String host;
  private final double clockRate;
  private @Nullable SimulatedProcess process;
  private @Nullable ClusterClient client;
  private int lives;

  SimulatedClient(SimulatedCluster cluster, String host, double clockRate) {
    this.cluster = cluster;
    this.host = host;
    this.clockRate = clockRate;
  }

  public String host() {
    return host;
  }

  /// The process of its present life.
  public SimulatedProcess process() {
    SimulatedProcess alive = process;
    if (alive == null) {
      throw new IllegalStateException(host + " does not run");
    }
    return alive;
  }

  public boolean isUp() {
    return process != null;
  }

  public boolean isConnected() {
    return client != null;
  }

  /// The cluster's files, as this client sees them; valid once [#isConnected].
  public FileSystem files() {
    return client().fileSystem();
  }

  public ClusterClient client() {
    ClusterClient connected = client;
    if (connected == null) {
      throw new IllegalStateException(host + " is not connected");
    }
    return connected;
  }

  /// Starts a process that connects.
  public void boot() {
    SimulatedProcess fresh = cluster.newProcess(host, host + "." + ++lives, clockRate);
    process = fresh;
    cluster.log().event("boot " + fresh.name());
    ClusterClient.Settings settings =
        new ClusterClient.Settings(
            List.of(cluster.managementEndpoint()),
            cluster.secret(),
            fresh.name(),
            ClusterClient.Settings.CONNECT_NANOS,
            DataSettings.DEFAULT.withWriteBehindBytes(WRITE_BEHIND_BYTES).withReadAheadBytes(0));
    Thread _ =
        fresh.start(
            "main",
            () -> {
              try {
                client = ClusterClient.connect(fresh.ports(), settings);
              } catch (ErrnoException e) {
                throw new AssertionError(host + " can't connect", e);
              }
            });
  }

  /// `kill -9`.
  public void kill() {
    SimulatedProcess dying = process();
    cluster.log().event("kill " + dying.name());
    process = null;
    client = null;
    dying.kill();
  }
}
