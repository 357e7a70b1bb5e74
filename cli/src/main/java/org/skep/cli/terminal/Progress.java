package org.skep.cli.terminal;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Tells a person at a terminal what a command waits for, if that takes over two seconds. Elsewhere
/// it says nothing.
public final class Progress implements AutoCloseable {
  private static final long QUIET_SECONDS = 2;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread thread;

  private Progress(String what) {
    thread = Thread.ofPlatform().daemon().name("progress").unstarted(() -> show(what));
  }

  /// @param what a phrase like `waiting for ...`
  public static Progress start(String what) {
    Progress progress = new Progress(what);
    if (Terminal.isError()) {
      progress.thread.start();
    } else {
      progress.done.countDown();
    }
    return progress;
  }

  private void show(String what) {
    try {
      for (long seconds = QUIET_SECONDS;
          !done.await(pauseSeconds(seconds), TimeUnit.SECONDS);
          seconds++) {
        System.err.print("\r\u001b[K" + what + " (" + seconds + " s)");
        System.err.flush();
      }
      System.err.print("\r\u001b[K");
      System.err.flush();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long pauseSeconds(long seconds) {
    return seconds == QUIET_SECONDS ? QUIET_SECONDS : 1;
  }

  @Override
  public void close() {
    done.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
