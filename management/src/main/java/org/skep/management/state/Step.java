package org.skep.management.state;

import java.util.List;
import org.skep.linux.Errno;

/// What applying a command gave: the next state and the answer.
///
/// @param moves what became of buddy groups, for the log
public record Step(ClusterState state, Result result, List<GroupMove> moves) {

  public Step {
    moves = List.copyOf(moves);
  }

  Step(ClusterState state, Result result) {
    this(state, result, List.of());
  }

  static Step rejected(ClusterState state, Errno errno, String reason) {
    return new Step(state, Result.rejected(errno, reason));
  }
}
