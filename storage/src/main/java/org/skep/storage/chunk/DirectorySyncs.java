package org.skep.storage.chunk;

import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.skep.runtime.port.Disk;

/// Knows which directories have names that a crash of the host would lose, so that a sync of a
/// chunk file syncs the directories that lead to it just when needed. Any thread may call it.
///
/// A directory that was not synced in this life of the process counts as unsynced, since an earlier
/// life may have made names in it. At most 65,793 directories are known.
final class DirectorySyncs {
  private final Disk disk;
  private final ConcurrentMap<String, Directory> directories = new ConcurrentHashMap<>();

  /// Guarded by its own monitor, which is never held during a call of the disk.
  private static final class Directory {
    // Names that are being made: they may be there already.
    private int making;
    private long made = 1;
    private long synced;
  }

  /// What makes a name.
  interface Making<T> {
    T run() throws IOException;
  }

  DirectorySyncs(Disk disk) {
    this.disk = disk;
  }

  /// Makes a name in the directory. Until it returns, and from then on until a sync that started
  /// later, the directory counts as unsynced.
  <T> T making(String path, Making<T> making) throws IOException {
    Directory directory = directory(path);
    synchronized (directory) {
      directory.making++;
    }
    try {
      return making.run();
    } finally {
      synchronized (directory) {
        directory.made++;
        directory.making--;
      }
    }
  }

  /// Makes all names durable that are in the directory now.
  void sync(String path) throws IOException {
    Directory directory = directory(path);
    long made;
    synchronized (directory) {
      if (directory.making == 0 && directory.synced == directory.made) {
        return;
      }
      made = directory.made;
    }
    disk.syncDirectory(path);
    synchronized (directory) {
      directory.synced = Math.max(directory.synced, made);
    }
  }

  private Directory directory(String path) {
    return directories.computeIfAbsent(path, missing -> new Directory());
  }
}
