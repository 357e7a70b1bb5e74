package org.skep.management.state;

import org.skep.linux.Errno;

/// What applying a command gave: the next state and the answer.
public record Step(ClusterState state, Result result) {

  static Step rejected(ClusterState state, Errno errno, String reason) {
    return new Step(state, Result.rejected(errno, reason));
  }
}
