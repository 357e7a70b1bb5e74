package org.skep.simulation.cluster;

import java.io.IOException;
import java.io.InterruptedIOException;
import org.skep.runtime.port.Chance;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.simulation.world.SimulatedProcess;

/// How long a disk takes: a sync waits for the medium, other calls only while the disk is slow.
public final class DiskPace {
  private static final int SYNC_NANOS_MAX = 1_000_000;

  private int slowNanosMax;

  DiskPace() {}

  /// From now on every call takes up to that long; 0: the disk is well.
  public void slow(int nanosMax) {
    slowNanosMax = nanosMax;
  }

  /// Lets the calling thread wait as long as the disk takes for a call.
  void await(SimulatedProcess process, boolean sync) throws InterruptedException {
    int nanosMax = slowNanosMax + (sync ? SYNC_NANOS_MAX : 0);
    if (nanosMax > 0 && process.alive()) {
      Chance chance = process.ports().chance();
      process.ports().clock().sleepNanos(chance.nextInt(nanosMax));
    }
  }

  static MemoryDisk.Hook of(SimulatedProcess process, DiskPace pace) {
    return (call, path) -> {
      try {
        pace.await(process, call.startsWith("sync"));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw asIo(e, call);
      }
    };
  }

  private static IOException asIo(InterruptedException e, String call) {
    InterruptedIOException failure = new InterruptedIOException("interrupted in " + call);
    failure.initCause(e);
    return failure;
  }
}
