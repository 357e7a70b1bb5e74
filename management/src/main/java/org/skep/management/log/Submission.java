package org.skep.management.log;

/// What became of a submitted command.
public sealed interface Submission {

  /// It is durable and applied.
  ///
  /// @param result of the state machine; belongs to the caller
  @SuppressWarnings("ArrayRecordComponent") // a value handed over once, never compared
  record Applied(byte[] result) implements Submission {}

  /// Another peer leads; the command was not taken.
  record NotLeader(String detail) implements Submission {}

  /// Nobody knows whether it was or will be applied.
  record Unknown(String reason) implements Submission {}
}
