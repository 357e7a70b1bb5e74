package org.skep.mount;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.skep.client.OpenFile;

/// One open file of the kernel.
final class Opening {
  private final OpenFile file;
  private final boolean writing;
  private final boolean cached;
  private final Set<Long> lockOwners = ConcurrentHashMap.newKeySet();
  private volatile boolean privilegesDropped;

  /// @param cached the kernel reads it through its page cache
  Opening(OpenFile file, boolean writing, boolean cached) {
    this.file = file;
    this.writing = writing;
    this.cached = cached;
    this.privilegesDropped = file.created();
  }

  OpenFile file() {
    return file;
  }

  boolean writing() {
    return writing;
  }

  boolean cached() {
    return cached;
  }

  /// The owners that took byte-range locks through this opening and have not flushed since: those
  /// left at the release are the open file itself (OFD locks), of whose end the kernel does not
  /// tell.
  Set<Long> lockOwners() {
    return lockOwners;
  }

  /// Whether suid, sgid and capabilities were dropped since it was opened (a new file has none).
  boolean privilegesDropped() {
    return privilegesDropped;
  }

  void privilegesAreDropped() {
    privilegesDropped = true;
  }
}
