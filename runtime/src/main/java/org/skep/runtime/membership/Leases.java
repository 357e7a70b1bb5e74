package org.skep.runtime.membership;

import java.util.Collection;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.skep.runtime.port.Clock;

/// The leases of this process's targets, as management's answers to its heartbeats gave them. While
/// a target holds one, nobody else is made the primary of its group. Any thread may call it.
public final class Leases {
  private final Clock clock;
  // all guarded by this
  private final Map<Integer, Long> untilNanos = new TreeMap<>();
  private SortedSet<Integer> suspended = new TreeSet<>();
  private boolean over;
  private long newestNanos;

  public Leases(Clock clock) {
    this.clock = clock;
  }

  /// Whether the target holds a lease now.
  public synchronized boolean holds(int targetId) {
    Long until = untilNanos.get(targetId);
    return until != null && clock.nanoTime() - until < 0;
  }

  /// How long the last lease was when it was given; 0: there was none yet.
  public synchronized long lengthNanos() {
    return newestNanos;
  }

  /// Ends all leases, for ever: the process stops.
  public synchronized void dropAll() {
    over = true;
    untilNanos.clear();
  }

  /// What management answered to a heartbeat; newer answers replace older ones.
  ///
  /// @param reported the targets the heartbeat reported
  /// @param suspends targets that get no lease and lose theirs; all others are suspended no longer
  /// @param sentNanos when the heartbeat was sent, at the latest
  /// @param leaseNanos from then on; 0: there is none
  /// @return whether a target was suspended that was not before
  synchronized boolean answered(
      Collection<Integer> reported, Collection<Integer> suspends, long sentNanos, long leaseNanos) {
    SortedSet<Integer> now = new TreeSet<>(suspends);
    boolean more = !suspended.containsAll(now);
    suspended = now;
    newestNanos = leaseNanos > 0 ? leaseNanos : newestNanos;
    untilNanos.keySet().removeAll(now);
    for (int target : reported) {
      if (!over && !now.contains(target)) {
        untilNanos.put(target, sentNanos + leaseNanos);
      }
    }
    return more;
  }

  /// Ends all leases, until the next answer: management does not take us for what we are.
  synchronized void lapse() {
    untilNanos.clear();
  }

  /// Whether management waits to hear that the target has dropped its lease, which it has.
  synchronized boolean suspended(int targetId) {
    return suspended.contains(targetId);
  }
}
