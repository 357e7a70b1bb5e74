package org.skep.cli.service;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.client.ErrnoException;
import org.skep.client.Unwritten;
import org.skep.client.system.ClusterClient;
import org.skep.fuse.session.MountException;
import org.skep.fuse.session.MountOptions;
import org.skep.mount.Mount;
import org.skep.mount.MountSettings;
import org.skep.runtime.port.Ports;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A mount in this process.
public final class MountService implements Service {
  private static final Logger LOG = LoggerFactory.getLogger(MountService.class);

  private static final long USERS_MILLIS = 10_000;
  private static final long OPERATIONS_MILLIS = 5_000;

  private final Ports ports;
  private final ClusterClient.Settings clientSettings;
  private final Path mountPoint;
  private final MountOptions options;
  private final MountSettings settings;
  // guarded by this
  private @Nullable ClusterClient client;
  private @Nullable Mount mount;
  private boolean stopped;

  public MountService(
      Ports ports,
      ClusterClient.Settings clientSettings,
      Path mountPoint,
      MountOptions options,
      MountSettings settings) {
    this.ports = ports;
    this.clientSettings = clientSettings;
    this.mountPoint = mountPoint;
    this.options = options;
    this.settings = settings;
  }

  @Override
  public String start() throws InterruptedException {
    try {
      ClusterClient connected = ClusterClient.connect(ports, clientSettings);
      synchronized (this) {
        client = connected;
        if (stopped) {
          connected.close();
          throw new InterruptedException("stopped while starting");
        }
        mount = Mount.start(ports, connected.fileSystem(), mountPoint, options, settings);
        return "mounted at " + mount.mountPoint();
      }
    } catch (ErrnoException | MountException e) {
      Unwritten _ = close();
      throw new CommandFailure(String.valueOf(e.getMessage()));
    }
  }

  /// The client behind the mount; only after [#start].
  public synchronized ClusterClient client() {
    return Objects.requireNonNull(client, "not started");
  }

  @Override
  public void awaitEnd() throws InterruptedException {
    Mount running;
    synchronized (this) {
      running = mount;
    }
    if (running != null) {
      running.await();
    }
  }

  /// Unmounts, lazily if somebody uses it, and writes out what is held. Its users have ten seconds;
  /// servers that are away get ten seconds from the last sign that something was taken.
  ///
  /// @throws CommandFailure saying what could not be written
  @Override
  public void stop() {
    Mount running;
    synchronized (this) {
      stopped = true;
      running = mount;
      mount = null;
    }
    boolean ended = running == null || unmount(running);
    Unwritten left = close();
    if (running != null && !ended) {
      awaitEnd(running);
    }
    if (!left.isNothing()) {
      throw new CommandFailure("data is lost at " + mountPoint + ": " + left.text());
    }
  }

  /// @return whether it has ended
  private static boolean unmount(Mount running) {
    try {
      if (!running.unmount()) {
        LOG.warn("{} is in use: its users have ten seconds", running.mountPoint());
        running.detach();
      }
    } catch (MountException e) {
      LOG.error("unmounting: {}", e.getMessage());
    }
    boolean ended = ended(running, USERS_MILLIS);
    try {
      if (!ended) {
        running.abort();
      }
    } catch (MountException e) {
      LOG.error("ending the mount: {}", e.getMessage());
    }
    return ended;
  }

  /// After the client has ended its waits.
  private static void awaitEnd(Mount running) {
    if (!ended(running, OPERATIONS_MILLIS)) {
      LOG.warn("some operations at {} have not ended", running.mountPoint());
    }
  }

  private static boolean ended(Mount running, long millis) {
    try {
      return running.await(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Unwritten close() {
    ClusterClient connected;
    synchronized (this) {
      connected = client;
      client = null;
    }
    if (connected == null) {
      return Unwritten.NOTHING;
    }
    Unwritten left = connected.finish();
    connected.end();
    return left;
  }
}
