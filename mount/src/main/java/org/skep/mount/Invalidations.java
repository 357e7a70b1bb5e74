package org.skep.mount;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.skep.fuse.FuseNotifier;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;

/// Tells the kernel, on a thread of its own, which cached pages are old: the kernel drops them
/// before a direct write, but a reader may have brought them back before the write was through.
final class Invalidations {
  private static final long WAIT_NANOS = 1_000_000_000L;

  private final Gate gate;
  // guarded by gate
  private final Set<Long> nodes = new LinkedHashSet<>();
  private @Nullable FuseNotifier notifier;
  private boolean stopped;

  Invalidations(Ports ports) {
    gate = new Gate(ports.clock());
    ports.threads().start("mount-invalidate", this::run);
  }

  void attach(FuseNotifier kernel) {
    gate.lock();
    try {
      notifier = kernel;
    } finally {
      gate.unlock();
    }
  }

  /// Has the pages of the node dropped soon. The set holds each node once, so it is no larger than
  /// the number of open files.
  void pagesOf(long node) {
    gate.lock();
    try {
      nodes.add(node);
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  void stop() {
    gate.lock();
    try {
      stopped = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  private void run() {
    while (true) {
      FuseNotifier kernel;
      Set<Long> batch;
      gate.lock();
      try {
        while (nodes.isEmpty() && !stopped) {
          gate.awaitNanos(WAIT_NANOS);
        }
        if (stopped) {
          return;
        }
        kernel = notifier;
        batch = new LinkedHashSet<>(nodes);
        nodes.clear();
      } catch (InterruptedException e) {
        return;
      } finally {
        gate.unlock();
      }
      if (kernel != null) {
        batch.forEach(node -> kernel.invalidateNode(node, 0, 0));
      }
    }
  }
}
