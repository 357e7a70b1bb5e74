package org.skep.cli.service;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.client.ErrnoException;
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
      close();
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

  /// Unmounts, lazily if somebody uses it, and writes out what is held.
  @Override
  public void stop() {
    Mount running;
    synchronized (this) {
      stopped = true;
      running = mount;
      mount = null;
    }
    if (running != null) {
      try {
        if (!running.unmount()) {
          LOG.warn("{} is in use: it goes when its last user is gone", running.mountPoint());
        }
        running.close();
      } catch (MountException e) {
        LOG.error("unmounting: {}", e.getMessage());
      }
    }
    close();
  }

  private void close() {
    ClusterClient connected;
    synchronized (this) {
      connected = client;
      client = null;
    }
    if (connected != null) {
      connected.close();
    }
  }
}
