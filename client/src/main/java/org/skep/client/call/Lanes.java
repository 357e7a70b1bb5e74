package org.skep.client.call;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Threads;

/// Runs requests to different targets at the same time. Each target (or group, or shard) has a lane
/// of its own for each kind of request, so that one that is away stops nobody else. Any thread may
/// call it.
///
/// Limits: `threadsPerLane` threads a lane, each ending when it had nothing to do for a while; as
/// many lanes as there are targets in use. The queues hold what their users let through: pieces of
/// write-behind (bounded by its buffers), and a few tasks for each thread that waits for a read.
public final class Lanes {
  private final Clock clock;
  private final Threads threads;
  private final int threadsPerLane;
  // guarded by this; in the order of their making, so that a simulated client closes them in the
  // same order in every run: the hash of an enum differs from one JVM to the next
  private final Map<Key, Lane> lanes = new LinkedHashMap<>();
  private boolean closed;

  /// What a lane is for.
  public enum Kind {
    /// Reads of storage; they don't queue behind writes.
    READ,
    /// Reads that nobody has asked for yet; they may wait for tasks of READ.
    READ_AHEAD,
    WRITE,
    /// Other requests to storage, which may take long: syncs, reservations.
    RANGE,
    /// Requests to a metadata shard that nobody waits for.
    SHARD
  }

  private record Key(Kind kind, boolean group, int id) {}

  public Lanes(Clock clock, Threads threads, int threadsPerLane) {
    this.clock = clock;
    this.threads = threads;
    this.threadsPerLane = threadsPerLane;
  }

  /// Hands the task to a thread of the lane; does not block.
  ///
  /// @param task must not throw, and waits for nothing but its request (and a kind it may wait for)
  public void submit(Kind kind, boolean group, int id, Runnable task) {
    lane(new Key(kind, group, id)).submit(task);
  }

  private synchronized Lane lane(Key key) {
    if (closed) {
      throw new IllegalStateException("a request after the end of the client");
    }
    return lanes.computeIfAbsent(
        key,
        k ->
            new Lane(
                clock,
                threads,
                threadsPerLane,
                "client " + k.kind().name().toLowerCase(Locale.ROOT) + " " + k.id()));
  }

  /// Lets the threads end when their queues are empty.
  public synchronized void close() {
    closed = true;
    lanes.values().forEach(Lane::close);
  }
}
