package org.skep.runtime.real;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps other processes off a server's target directories. Any thread may call it.
public final class DirectoryLocks {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryLocks.class);

  private final List<LocalDisk> disks;
  // guarded by this
  private final List<Closeable> locks = new ArrayList<>();

  public DirectoryLocks(List<LocalDisk> disks) {
    this.disks = List.copyOf(disks);
  }

  /// A directory that is missing is left alone: whoever uses it says so.
  ///
  /// @param make whether to make those that are missing
  /// @throws IOException if another process has one; [#unlock] lets those go that were locked
  public synchronized void lock(boolean make) throws IOException {
    for (LocalDisk disk : disks) {
      if (make) {
        disk.createDirectories("");
      }
      if (disk.exists("")) {
        locks.add(disk.lock());
      }
    }
  }

  public synchronized void unlock() {
    for (Closeable lock : locks) {
      try {
        lock.close();
      } catch (IOException e) {
        LOG.warn("unlocking a target directory: {}", e.getMessage());
      }
    }
    locks.clear();
  }
}
