package org.skep.management.log;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A durable sequence of commands, applied in the same order by every peer.
///
/// * An answered command is durable and applied; it is never lost by a crash.
/// * A command without an answer ([Submission.Unknown]) may have been applied or not, or may still
///   be; never twice.
/// * After a restart the state machine is restored from the last snapshot and the commands after it
///   before any other command is applied.
///
/// Any thread may call it.
public interface CommandLog extends Closeable {

  /// The most bytes of a command.
  int COMMAND_BYTES_MAX = 512 << 10;

  /// Opens the log for a state machine that is in its initial state.
  @FunctionalInterface
  interface Opening {

    /// @throws IOException naming what is wrong with the files or the address
    CommandLog open(StateMachine machine) throws IOException;
  }

  /// Appends the command and waits until it is durable and applied.
  ///
  /// @param timeoutNanos how long to wait, also for a leader
  Submission submit(byte[] command, long timeoutNanos) throws InterruptedException;

  /// Whether this peer leads and has applied all that was answered before: then its state is the
  /// newest one. Another peer may have been elected a moment ago; only a submit is sure.
  boolean isLeader();

  /// Why this log can't go on (its disk fails, a command can't be applied), or null while it can.
  /// The service must stop then: nothing more will be answered.
  @Nullable String broken();

  /// Takes a snapshot and ends. What was answered stays.
  @Override
  void close() throws IOException;
}
