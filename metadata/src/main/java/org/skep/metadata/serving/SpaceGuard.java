package org.skep.metadata.serving;

import java.io.IOException;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Disk;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches a target's disk, and keeps a rest of it free: for removals, which need space in the log
/// as well, and for the store's own housekeeping. Any thread may call it.
public final class SpaceGuard {
  private static final Logger LOG = LoggerFactory.getLogger(SpaceGuard.class);
  private static final long REST_BYTES = 64L << 20;
  private static final int REST_PART = 20;
  private static final long FRESH_NANOS = 1_000_000_000L;

  private final Disk disk;
  private final Clock clock;
  // guarded by this
  private long lookedAt;
  private boolean looked;
  private boolean full;

  public SpaceGuard(Disk disk, Clock clock) {
    this.disk = disk;
    this.clock = clock;
  }

  /// Whether less than 64 MiB (of small disks: a twentieth) is free; as of a second ago at most.
  public synchronized boolean isFull() {
    long now = clock.nanoTime();
    if (!looked || now - lookedAt >= FRESH_NANOS) {
      looked = true;
      lookedAt = now;
      look();
    }
    return full;
  }

  private void look() {
    try {
      Disk.Space space = disk.space();
      boolean before = full;
      full = space.freeBytes() < Math.min(REST_BYTES, space.totalBytes() / REST_PART);
      if (full && !before) {
        LOG.warn("metadata target is full disk={} free={}", disk.name(), space.freeBytes());
      } else if (before && !full) {
        LOG.info("metadata target has space again disk={}", disk.name());
      }
    } catch (IOException e) {
      LOG.warn("space of metadata target unknown disk={} reason={}", disk.name(), e.getMessage());
    }
  }
}
