package org.skep.management;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Endpoint;
import org.skep.management.raft.RatisLog;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.LocalDisk;

/// Management on a real directory and a Raft log.
public final class ManagementServer {
  private final Ports ports;
  private final Path path;
  private final ManagementSettings settings;
  private @Nullable Closeable lock;
  private @Nullable ManagementService service;

  /// @param path management's directory; made if it is missing and `settings.init` says so
  public ManagementServer(Ports ports, Path path, ManagementSettings settings) {
    this.ports = ports;
    this.path = path;
    this.settings = settings;
  }

  /// Returns when it serves. Once only.
  ///
  /// @throws IOException with one line for the operator
  public void start() throws IOException, InterruptedException {
    LocalDisk disk = new LocalDisk(path);
    if (settings.init() && !disk.exists("")) {
      disk.createDirectories("");
    }
    if (disk.exists("")) {
      lock = lock(disk);
    }
    Path raft = path.resolve(ManagementDirectory.RAFT);
    LocalDisk raftDisk = new LocalDisk(raft);
    ManagementService starting =
        new ManagementService(
            ports,
            settings,
            disk,
            machine -> RatisLog.open(ports.clock(), raft, raftDisk, settings.peers(), machine));
    try {
      starting.start();
      service = starting;
    } finally {
      if (service == null) {
        unlock();
      }
    }
  }

  private static Closeable lock(LocalDisk disk) throws IOException {
    try {
      return disk.lock();
    } catch (DiskException e) {
      throw new IOException(
          disk.name() + ": another process uses this directory (" + e.getMessage() + ")", e);
    }
  }

  private void unlock() throws IOException {
    if (lock != null) {
      lock.close();
      lock = null;
    }
  }

  /// Where it listens, with the real ports; empty before [#start].
  public List<Endpoint> endpoints() {
    return service == null ? List.of() : service.endpoints();
  }

  /// Empty before [#start].
  public String clusterId() {
    return service == null ? "" : service.clusterId();
  }

  public void stop() throws IOException {
    try {
      if (service != null) {
        service.stop();
      }
    } finally {
      service = null;
      unlock();
    }
  }
}
