package org.skep.metadata.state;

import java.util.function.BooleanSupplier;

/// Who asks, and which of its requests this is.
///
/// @param operation the operation's number
/// @param client the client's id in this life of its process; [#NO_CLIENT] for other servers, who
///   have no session
/// @param sequence of a change; 0 where a repetition does no harm
/// @param mark all sequences of the client below are completed
/// @param alive whether the client is still there to hear the answer, for operations that wait
public record Call(int operation, long client, long sequence, long mark, BooleanSupplier alive) {

  public static final long NO_CLIENT = 0;

  public Call(int operation, long client, long sequence, long mark) {
    this(operation, client, sequence, mark, () -> true);
  }

  /// Whether the reply is kept for a repetition.
  public boolean isNumbered() {
    return sequence != 0;
  }
}
