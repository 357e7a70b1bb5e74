package org.skep.client.data;

import java.util.LinkedHashMap;
import java.util.Map;

/// When files stopped being open here. An answer of a shard that was asked for before such a moment
/// may be older than what this client has told since, and nothing is left here that would know.
/// Guarded by its owner.
final class Departures {
  private static final int REMEMBERED_MAX = 4_096;

  private final Map<Long, Long> moments = new LinkedHashMap<>();
  private long now;
  // The latest one that is not remembered any more: all answers asked for before count as outdated.
  private long forgotten;

  /// What to name as the moment in which something is asked for.
  long now() {
    return now;
  }

  void left(long inode) {
    moments.remove(inode);
    moments.put(inode, ++now);
    if (moments.size() > REMEMBERED_MAX) {
      Map.Entry<Long, Long> eldest = moments.entrySet().iterator().next();
      forgotten = eldest.getValue();
      moments.remove(eldest.getKey());
    }
  }

  /// Whether the inode may have stopped being open after that moment.
  boolean leftSince(long inode, long moment) {
    return forgotten > moment || moments.getOrDefault(inode, 0L) > moment;
  }
}
