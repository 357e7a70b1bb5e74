package org.skep.metadata.state;

/// Who asks, and which of its requests this is.
///
/// @param operation the operation's number
/// @param client the client's id in this life of its process
/// @param sequence of a change; 0 where a repetition does no harm
/// @param mark all sequences of the client below are completed
public record Call(int operation, long client, long sequence, long mark) {

  /// Whether the reply is kept for a repetition.
  public boolean isNumbered() {
    return sequence != 0;
  }
}
