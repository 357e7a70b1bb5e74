package org.skep.runtime.route;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.runtime.port.Clock;

/// Which members of a storage group are asked for a read with a short patience, in which order. One
/// that did not answer comes second for a second; if neither did, patience only makes it worse. Any
/// thread may call it.
final class ReadableMembers {
  private static final long SLOW_NANOS = 1_000_000_000L;

  private final Clock clock;
  // by target id; as many as there are targets
  private final Map<Integer, Long> slowUntil = new ConcurrentHashMap<>();

  ReadableMembers(Clock clock) {
    this.clock = clock;
  }

  /// The member did not answer in time.
  void slow(int target) {
    slowUntil.put(target, clock.nanoTime() + SLOW_NANOS);
  }

  /// Target ids. The primary is not the last of them: it is asked with all patience then.
  List<Integer> order(ClusterMap map, BuddyGroup group, int prefer) {
    if (!isReadable(map, group.secondary())) {
      return List.of();
    }
    boolean slowPrimary = isSlow(group.primary());
    boolean slowSecondary = isSlow(group.secondary());
    if (slowPrimary && slowSecondary) {
      return List.of();
    }
    boolean secondaryFirst = prefer == group.secondary() ? !slowSecondary : slowPrimary;
    return secondaryFirst
        ? List.of(group.secondary())
        : List.of(group.primary(), group.secondary());
  }

  private static boolean isReadable(ClusterMap map, int target) {
    Target found = map.target(NodeKind.STORAGE, target);
    return found != null
        && found.consistency() == Consistency.GOOD
        && found.reachability() == Reachability.ONLINE;
  }

  private boolean isSlow(int target) {
    Long until = slowUntil.get(target);
    return until != null && clock.nanoTime() - until < 0;
  }
}
