package org.skep.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.skep.runtime.membership.RegistrationRefusedException;
import org.skep.runtime.membership.TargetDirectories;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.DirectoryLocks;
import org.skep.runtime.real.LocalDisk;
import org.skep.runtime.real.RealPorts;

/// A [StorageService] on this host's directories, which it locks against other processes. [#start]
/// and [#stop] are called once.
public final class StorageServer {
  private final StorageService service;
  private final StorageSettings settings;
  private final DirectoryLocks locks;

  /// A target directory of this host.
  ///
  /// @param targetId wanted by the administrator; 0: as in its identity file, or given out
  public record Directory(Path path, int targetId) {}

  public StorageServer(StorageSettings settings, List<Directory> directories) throws IOException {
    this(RealPorts.create(), settings, directories);
  }

  /// @param ports of this process, which it shares with other services
  public StorageServer(Ports ports, StorageSettings settings, List<Directory> directories)
      throws IOException {
    this.settings = settings;
    List<LocalDisk> disks = new ArrayList<>();
    List<TargetDirectories.Directory> targets = new ArrayList<>();
    for (Directory directory : directories) {
      LocalDisk disk = new LocalDisk(directory.path);
      disks.add(disk);
      targets.add(new TargetDirectories.Directory(disk, directory.targetId));
    }
    locks = new DirectoryLocks(disks);
    service = new StorageService(ports, settings, targets);
  }

  /// See [StorageService#start]; also fails if another process has one of the directories.
  public void start() throws IOException, RegistrationRefusedException, InterruptedException {
    boolean started = false;
    try {
      locks.lock(settings.init());
      service.start();
      started = true;
    } finally {
      if (!started) {
        locks.unlock();
      }
    }
  }

  /// See [StorageService#stop].
  public void stop() {
    service.stop();
    locks.unlock();
  }

  public StorageService service() {
    return service;
  }
}
