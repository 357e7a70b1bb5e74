package org.skep.metadata;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.RocksStore;
import org.skep.metadata.target.KeptSpare;
import org.skep.runtime.membership.RegistrationRefusedException;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.DirectoryLocks;
import org.skep.runtime.real.LocalDisk;
import org.skep.runtime.real.RealPorts;

/// A [MetadataService] on this host's directories, which it locks against other processes; the
/// store of a target is the RocksDB in its folder `store`. The spares that it keeps are in the
/// directories, see [KeptSpare]. [#start] and [#stop] are called once.
public final class MetadataServer {
  private static final String STORE = "store";

  private final MetadataService service;
  private final MetadataSettings settings;
  private final DirectoryLocks locks;
  // one that is made later is safe behind its parent's lock
  private final DirectoryLocks spareLocks;

  /// A target directory of this host.
  ///
  /// @param targetId wanted by the administrator; 0: as in its identity file, or given out
  public record Directory(Path path, int targetId) {}

  public MetadataServer(MetadataSettings settings, List<Directory> directories) throws IOException {
    this(RealPorts.create(), settings, directories);
  }

  /// @param ports of this process, which it shares with other services
  public MetadataServer(Ports ports, MetadataSettings settings, List<Directory> directories)
      throws IOException {
    this.settings = settings;
    List<LocalDisk> disks = new ArrayList<>();
    List<LocalDisk> spares = new ArrayList<>();
    List<MetadataService.Directory> places = new ArrayList<>();
    for (Directory directory : directories) {
      LocalDisk disk = new LocalDisk(directory.path);
      disks.add(disk);
      places.add(place(disk, directory.path, directory.targetId, null));
    }
    for (KeptSpare spare : KeptSpare.of(disks, settings.spareTargets())) {
      Path parent = directories.get(disks.indexOf(spare.parent())).path;
      Path path = parent.resolve(spare.folder());
      LocalDisk disk = new LocalDisk(path);
      spares.add(disk);
      places.add(place(disk, path, 0, spare));
    }
    locks = new DirectoryLocks(disks);
    spareLocks = new DirectoryLocks(spares);
    service = new MetadataService(ports, settings, places);
  }

  private static MetadataService.Directory place(
      LocalDisk disk, Path path, int targetId, @Nullable KeptSpare spare) {
    String store = path.resolve(STORE).toString();
    return new MetadataService.Directory(
        disk, targetId, create -> open(disk, store, create), spare);
  }

  /// RocksDB itself would let all users read its folder.
  private static KeyValueStore open(LocalDisk disk, String store, boolean create)
      throws DiskException {
    if (create) {
      try {
        disk.createDirectories(STORE);
      } catch (DiskException e) {
        throw e;
      } catch (IOException e) {
        throw new DiskException(Errno.EIO.number(), store + ": " + e.getMessage());
      }
    }
    return RocksStore.open(store, create);
  }

  /// See [MetadataService#start]; also fails if another process has one of the directories.
  public void start() throws IOException, RegistrationRefusedException, InterruptedException {
    boolean started = false;
    try {
      locks.lock(settings.init());
      spareLocks.lock(false);
      service.start();
      started = true;
    } finally {
      if (!started) {
        unlock();
      }
    }
  }

  /// See [MetadataService#stop].
  public void stop() {
    service.stop();
    unlock();
  }

  private void unlock() {
    spareLocks.unlock();
    locks.unlock();
  }

  public MetadataService service() {
    return service;
  }
}
