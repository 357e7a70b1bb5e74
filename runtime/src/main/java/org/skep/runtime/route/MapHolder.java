package org.skep.runtime.route;

import org.skep.cluster.ClusterMap;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;

/// Keeps the newest cluster map. Any thread may call it.
public final class MapHolder implements MapSource {
  private final Clock clock;
  private final Gate gate;
  private volatile ClusterMap current = ClusterMap.EMPTY;
  // guarded by gate
  private long wantedVersion;

  public MapHolder(Clock clock) {
    this.clock = clock;
    gate = new Gate(clock);
  }

  @Override
  public ClusterMap current() {
    return current;
  }

  @Override
  public boolean awaitVersion(long version, long nanos) throws InterruptedException {
    if (current.version() >= version) {
      return true;
    }
    long end = clock.nanoTime() + nanos;
    gate.lock();
    try {
      want(version);
      for (long rest = nanos; current.version() < version && rest > 0; rest = left(end)) {
        long _ = gate.awaitNanos(rest);
      }
      return current.version() >= version;
    } finally {
      gate.unlock();
    }
  }

  private long left(long end) {
    return end - clock.nanoTime();
  }

  @Override
  public void offer(ClusterMap map) {
    gate.lock();
    try {
      if (map.version() > current.version()) {
        current = map;
        gate.signalAll();
      }
    } finally {
      gate.unlock();
    }
  }

  /// Notes that there is a map of that version somewhere, without waiting for it.
  public void hint(long version) {
    if (version <= current.version()) {
      return;
    }
    gate.lock();
    try {
      want(version);
    } finally {
      gate.unlock();
    }
  }

  private void want(long version) {
    if (version > wantedVersion) {
      wantedVersion = version;
      gate.signalAll();
    }
  }

  /// For the one who follows management: waits until somebody wants a newer map than there is, at
  /// most that long.
  ///
  /// @return whether somebody does
  public boolean awaitWanted(long nanos) throws InterruptedException {
    long end = clock.nanoTime() + nanos;
    gate.lock();
    try {
      for (long rest = nanos; wantedVersion <= current.version() && rest > 0; rest = left(end)) {
        long _ = gate.awaitNanos(rest);
      }
      return wantedVersion > current.version();
    } finally {
      gate.unlock();
    }
  }
}
