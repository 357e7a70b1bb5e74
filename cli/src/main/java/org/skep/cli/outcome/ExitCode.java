package org.skep.cli.outcome;

/// The exit codes of `skep`.
public final class ExitCode {
  /// The command did what was asked.
  public static final int DONE = 0;

  /// The command failed for a reason it has told.
  public static final int FAILED = 1;

  /// The command did a part of what was asked, and has told what is left.
  public static final int PARTLY = 2;

  /// With `--errorcodes`: a node was not reachable. The numbers are the model's.
  public static final int NODE_UNREACHABLE = 5;

  /// With `--errorcodes`: a target was not online.
  public static final int TARGET_NOT_ONLINE = 6;

  /// With `--errorcodes`: a target was not good.
  public static final int TARGET_NOT_GOOD = 7;

  /// The command line makes no sense (`EX_USAGE` of sysexits.h).
  public static final int USAGE = 64;

  /// Skep itself is at fault (`EX_SOFTWARE` of sysexits.h).
  public static final int FAULT = 70;

  private ExitCode() {}
}
