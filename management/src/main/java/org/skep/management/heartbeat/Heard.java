package org.skep.management.heartbeat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.skep.management.heartbeat.Heartbeats.Sign;

/// What is known of one life of a node. Guarded by the monitor of [Heartbeats].
final class Heard {
  final long incarnation;
  // when this leader met it first
  final long metNanos;
  // it stops on purpose, and is not heard any more
  boolean left;
  // nobody listened at its endpoints; not for ever, since it may be heard again
  boolean gone;
  // it did not answer when it was to go on without its buddy; until it is heard again
  boolean unanswered;
  final Map<Integer, Sign> targets = new HashMap<>();
  // targets that have said that they are unsure, which has been told to their group
  final Set<Integer> unsure = new HashSet<>();

  Heard(long incarnation, long metNanos) {
    this.incarnation = incarnation;
    this.metNanos = metNanos;
  }
}
