package org.skep.cli.up;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.skep.cli.locate.ProcessIdentity;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.terminal.Progress;
import org.skep.linux.Errno;
import org.skep.linux.Processes;
import org.skep.linux.SystemCallException;

/// Stops processes of this host.
final class Stopping {
  private static final long WAIT_SECONDS = 60;
  private static final long LOOK_MILLIS = 20;

  private Stopping() {}

  /// Asks each to stop (SIGTERM), one after the other, and waits until it is gone.
  ///
  /// @throws CommandFailure if one is still there after a minute, or may not be stopped
  static void inOrder(List<ProcessIdentity> processes) {
    for (ProcessIdentity process : processes) {
      stop(process);
    }
  }

  static void stop(ProcessIdentity process) {
    if (!process.alive()) {
      return;
    }
    try (Progress _ = Progress.start("waiting for process " + process.pid() + " to stop")) {
      Processes.kill(process.pid(), Processes.SIGTERM);
      await(process);
    } catch (SystemCallException e) {
      if (e.errno() != Errno.ESRCH) {
        throw new CommandFailure("cannot stop process " + process.pid() + ": " + e.errno().text());
      }
    }
  }

  private static void await(ProcessIdentity process) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
    try {
      while (process.alive()) {
        if (System.nanoTime() > end) {
          throw new CommandFailure(
              "process "
                  + process.pid()
                  + " has not stopped within "
                  + WAIT_SECONDS
                  + " s; the last resort is kill -9 "
                  + process.pid());
        }
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted");
    }
  }
}
