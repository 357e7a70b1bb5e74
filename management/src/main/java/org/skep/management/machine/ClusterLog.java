package org.skep.management.machine;

import org.jspecify.annotations.Nullable;
import org.skep.management.log.CommandLog;
import org.skep.management.log.Submission;
import org.skep.management.state.Command;
import org.skep.management.state.Result;
import org.skep.wire.Failure;

/// Submits commands of the cluster's state to the log.
public final class ClusterLog {

  /// How long a command may take before the client is asked to try again.
  public static final long SUBMIT_NANOS = 10_000_000_000L;

  private final CommandLog log;

  public ClusterLog(CommandLog log) {
    this.log = log;
  }

  /// What a submitted command came to.
  public sealed interface Answer {

    record Decided(Result result) implements Answer {}

    /// No result; NOT_SERVED if another peer leads, RETRY if nobody knows.
    record Undecided(Failure failure) implements Answer {}
  }

  public boolean isLeader() {
    return log.isLeader();
  }

  /// See [CommandLog#broken].
  public @Nullable String broken() {
    return log.broken();
  }

  /// Submits and waits for the result. The state shows it when this returns.
  public Answer submit(Command command) {
    try {
      return switch (log.submit(RecordCodec.bytes(command), SUBMIT_NANOS)) {
        case Submission.Applied(byte[] result) -> new Answer.Decided(RecordCodec.result(result));
        case Submission.NotLeader(String detail) -> new Answer.Undecided(notLeader(detail));
        case Submission.Unknown(String reason) -> new Answer.Undecided(Failure.retry(reason));
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer.Undecided(Failure.retry("management is stopping"));
    }
  }

  /// The answer of a peer that does not lead.
  public static Failure notLeader(String detail) {
    return Failure.notServed("this peer of management does not lead: " + detail, 0);
  }
}
