package org.skep.cli.outcome;

/// A command could not do what was asked, for a reason its user can understand and put right.
///
/// Shown as one line, `skep: MESSAGE`, without a stack trace. The message says what is wrong and
/// what to do.
public final class CommandFailure extends RuntimeException {
  private final int exitCode;

  /// Ends the command with exit code 1.
  public CommandFailure(String message) {
    this(message, ExitCode.FAILED);
  }

  /// Ends the command with `exitCode`, which must not be 0.
  public CommandFailure(String message, int exitCode) {
    super(message);
    if (exitCode == 0) {
      throw new IllegalArgumentException("a failure has no exit code 0: " + message);
    }
    this.exitCode = exitCode;
  }

  /// The exit code of the process.
  public int exitCode() {
    return exitCode;
  }
}
