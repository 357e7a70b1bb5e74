package org.skep.cli.up;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.skep.cli.locate.ProcessIdentity;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.terminal.Progress;
import org.skep.linux.Errno;
import org.skep.linux.Processes;
import org.skep.linux.SystemCallException;
import org.skep.runtime.port.Clock;
import org.skep.runtime.real.RealClock;

/// Stops processes of this host.
final class Stopping {
  // A server has nothing to wait for. A mount waits as long as servers take what it holds; one of
  // the largest write-behind (16 GiB) at 50 MB/s takes this long. An `up` waits for all of them.
  private static final long SERVER_SECONDS = 60;
  private static final long MOUNT_SECONDS = 330;
  private static final long UP_SECONDS = 420;
  private static final long KILLED_SECONDS = 10;
  private static final long LOOK_NANOS = 20_000_000L;
  private static final Clock CLOCK = new RealClock();

  /// The process of a `skep up`.
  static final String UP = "up";

  private Stopping() {}

  /// Asks the daemon of a directory to stop, and waits until it is gone.
  ///
  /// @throws CommandFailure if it said that it failed, or had to be killed
  static void stop(Path root, ProcessIdentity process, String name) {
    boolean ran = process.alive();
    stop(process, name);
    if (ran) {
      Path log = root.resolve(UpDirectory.LOG).resolve(name + ".log");
      LastWords.ofFailure(log)
          .ifPresent(words -> {
            throw new CommandFailure(words);
          });
    }
  }

  /// Asks the process to stop (SIGTERM), and waits until it is gone. One that does not go in time
  /// is killed: servers lose nothing by that.
  ///
  /// @param name of the daemon, or [#UP]
  /// @throws CommandFailure if it had to be killed, or may not be stopped
  static void stop(ProcessIdentity process, String name) {
    if (!process.alive()) {
      return;
    }
    long seconds = seconds(name);
    String text = name + " (process " + process.pid() + ")";
    try (Progress _ = Progress.start("waiting for " + text + " to stop")) {
      Processes.kill(process.pid(), Processes.SIGTERM);
      // One that is halted can't do what it is asked for.
      Processes.kill(process.pid(), Processes.SIGCONT);
      if (gone(process, seconds)) {
        return;
      }
      Processes.kill(process.pid(), Processes.SIGKILL);
      throw new CommandFailure(
          gone(process, KILLED_SECONDS)
              ? text + " had not stopped within " + seconds + " s and was killed"
              : text + " does not go, though it was killed");
    } catch (SystemCallException e) {
      if (e.errno() != Errno.ESRCH) {
        throw new CommandFailure("cannot stop " + text + ": " + e.errno().text());
      }
    }
  }

  private static long seconds(String name) {
    return switch (name) {
      case "mount" -> MOUNT_SECONDS;
      case UP -> UP_SECONDS;
      default -> SERVER_SECONDS;
    };
  }

  private static boolean gone(ProcessIdentity process, long seconds) {
    long end = CLOCK.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    try {
      while (process.alive()) {
        if (CLOCK.nanoTime() > end) {
          return false;
        }
        CLOCK.sleepNanos(LOOK_NANOS);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted");
    }
  }
}
