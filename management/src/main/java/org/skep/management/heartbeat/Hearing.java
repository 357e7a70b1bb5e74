package org.skep.management.heartbeat;

import java.util.List;
import org.skep.management.state.Command.Occurrence;

/// What comes of a heartbeat.
public sealed interface Hearing {

  /// This incarnation has said that it leaves.
  record Left() implements Hearing {}

  /// Another process has the node, or it is not registered.
  record Replaced() implements Hearing {}

  /// @param suspended reported targets that get no lease, and drop what they have
  /// @param soon the next heartbeat is wanted soon: one of them is waited for
  /// @param occurrences what happened to groups, to be submitted now
  record Taken(List<Integer> suspended, boolean soon, List<Occurrence> occurrences)
      implements Hearing {
    public Taken {
      suspended = List.copyOf(suspended);
      occurrences = List.copyOf(occurrences);
    }
  }
}
