package org.skep.metadata.replication;

import java.io.IOException;
import java.util.List;

/// The primary's line to one process of its secondary, in one term. Any thread may call it; a
/// request with batches and a sync may be under way at the same time, never two of a kind, also
/// over changes of the mode: so a request has to end soon when its term has ended.
public interface Secondary {

  /// See [ShardReplica#append]. Repeating it does no harm.
  ///
  /// @param batches at most 1 MiB, or one; none: it says its last number
  /// @param sync answered when all that it had when it got the request is on its disk
  /// @throws LastingRefusal if it makes no sense to ask again before the map changes
  /// @throws IOException if there was no answer, or one that passes
  Appended append(long previous, List<LoggedBatch> batches, boolean sync)
      throws IOException, InterruptedException;

  /// Refused for a reason that does not pass by itself: malformed, in the middle of a copy, its
  /// disk is full or broken.
  final class LastingRefusal extends IOException {
    private static final long serialVersionUID = 1L;

    public LastingRefusal(String reason) {
      super(reason);
    }
  }
}
