package org.skep.metadata.replication;

import org.jspecify.annotations.Nullable;
import org.skep.metadata.replication.Replicator.Mode;
import org.skep.runtime.port.Gate;

/// What a [Replicator] knows of its secondary, and has queued for it, without the rules. Guarded by
/// the gate, but for what is volatile, which is changed with the gate locked and may be looked at
/// without.
final class ReplicationState {
  static final long UNKNOWN = -1;

  private static final long PAUSE_NANOS_MIN = 10_000_000L;
  private static final long PAUSE_NANOS_MAX = 500_000_000L;

  private final Gate gate;
  private final LogTable log;
  private final BatchQueue queue;

  private volatile Mode mode = Mode.OFF;
  private volatile boolean ended;

  // Written by who applies, before it looks at the mode.
  private volatile long latestApplied;
  private volatile long acknowledged = UNKNOWN;
  private @Nullable Secondary secondary;
  private long generation;
  private long synced = UNKNOWN;
  private boolean complained;
  private long pauseNanos = PAUSE_NANOS_MIN;

  ReplicationState(Gate gate, LogTable log) {
    this.gate = gate;
    this.log = log;
    queue = new BatchQueue(log.lastNumber());
  }

  Gate gate() {
    return gate;
  }

  LogTable log() {
    return log;
  }

  BatchQueue queue() {
    return queue;
  }

  Mode mode() {
    return mode;
  }

  boolean isRequired() {
    return mode == Mode.REQUIRED;
  }

  boolean ended() {
    return ended;
  }

  void end() {
    ended = true;
  }

  void latestApplied(long number) {
    latestApplied = number;
  }

  /// What the secondary has as far as it is known.
  long acknowledged() {
    return acknowledged;
  }

  /// What the secondary has on its disk as far as it is known.
  long synced() {
    return synced;
  }

  /// Grows with each change of the mode: an answer of an earlier one does not count.
  long generation() {
    return generation;
  }

  @Nullable Secondary secondary() {
    return secondary;
  }

  /// The secondary refuses for good: nothing is sent until the mode changes.
  boolean complained() {
    return complained;
  }

  void complain() {
    complained = true;
  }

  /// How long to wait before another try; longer each time until something is taken.
  long pauseNanos() {
    long now = pauseNanos;
    pauseNanos = Math.min(2 * pauseNanos, PAUSE_NANOS_MAX);
    return now;
  }

  /// @param last number of the last batch of `with`, or UNKNOWN
  void change(Mode to, @Nullable Secondary with, long last) {
    generation++;
    boolean off = mode == Mode.OFF;
    mode = to;
    if (off && latestApplied > queue.latest()) {
      // As long as there was no secondary nobody told the queue.
      queue.skip(latestApplied);
    }
    secondary = with;
    acknowledged = last;
    synced = UNKNOWN;
    complained = false;
    pauseNanos = PAUSE_NANOS_MIN;
    if (to != Mode.REQUIRED) {
      queue.drop();
    }
    if (last == UNKNOWN) {
      log.unpin();
    } else {
      log.pin(last);
    }
  }

  /// The secondary has all up to there.
  void acknowledged(long last) {
    acknowledged = last;
    log.pin(last);
    queue.removeUpTo(last);
  }

  /// Something new was taken.
  void progress() {
    pauseNanos = PAUSE_NANOS_MIN;
  }

  /// It was started anew, without some of what it had.
  void lost(long last) {
    acknowledged = Math.min(acknowledged, last);
  }

  void synced(long number) {
    synced = Math.max(synced, number);
  }
}
