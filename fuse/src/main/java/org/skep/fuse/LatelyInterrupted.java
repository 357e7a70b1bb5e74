package org.skep.fuse;

import java.util.LinkedHashMap;
import java.util.Map;

/// Processes that were told EINTR a moment ago. Who handles a signal that is to end it cleans up
/// and closes its files, which no second signal tells not to wait. For the watcher's thread only.
///
/// Limit: the latest 1,000.
final class LatelyInterrupted {
  private static final int KEPT_MAX = 1000;
  private static final long MEMORY_TICKS = 10_000 / FuseEngine.WATCH_MILLIS;

  private final Map<Integer, Long> ticks = new LinkedHashMap<>();
  private long now;

  void tick() {
    now++;
  }

  void add(int process) {
    if (process == 0) {
      return;
    }
    ticks.remove(process);
    ticks.put(process, now);
    if (ticks.size() > KEPT_MAX) {
      ticks.remove(ticks.keySet().iterator().next());
    }
  }

  boolean contains(int process) {
    Long then = ticks.get(process);
    return then != null && now - then <= MEMORY_TICKS;
  }
}
