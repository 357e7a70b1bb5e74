package org.skep.mirror;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Node;
import org.skep.runtime.membership.NodeAgent;
import org.skep.runtime.route.Suspicions;

/// A target's surroundings in a server that has a [NodeAgent].
///
/// @param agent null as long as there is none
/// @param suspect is told, on a thread of its own, of a process that refuses connections
public record NodeSurroundings(
    int targetId,
    Supplier<@Nullable NodeAgent> agent,
    Suspicions suspicions,
    Consumer<Node> suspect)
    implements Surroundings {

  /// As long as management has not said how long a lease is: half of its usual offline time-out.
  private static final long SILENT_NANOS = 2_500_000_000L;

  @Override
  public boolean holdsLease() {
    NodeAgent now = agent.get();
    return now != null && now.leases().holds(targetId);
  }

  // A lease is three fifths of the offline time-out.
  @Override
  public long silentNanos() {
    NodeAgent now = agent.get();
    long lease = now == null ? 0 : now.leases().lengthNanos();
    return lease == 0 ? SILENT_NANOS : lease / 6 * 5;
  }

  @Override
  public void suspect(Node node) {
    suspicions.add(node, suspect);
  }

  @Override
  public void beatNow() {
    NodeAgent now = agent.get();
    if (now != null) {
      now.beatNow();
    }
  }
}
