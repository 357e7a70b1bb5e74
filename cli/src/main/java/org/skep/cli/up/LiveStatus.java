package org.skep.cli.up;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.status.ClusterStatus;
import org.skep.cli.status.ManagementConnection;

/// Draws the status on the terminal each second, over the former one.
final class LiveStatus implements AutoCloseable {
  private static final long ASK_NANOS = 3_000_000_000L;
  private static final String CLEAR_TO_END = "\u001b[J";

  private final ManagementConnection management;
  private final List<String> heading;
  private final PrintStream out;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread;
  private int drawnLines;

  private LiveStatus(ManagementConnection management, List<String> heading, PrintStream out) {
    this.management = management;
    this.heading = heading;
    this.out = out;
    thread = Thread.ofPlatform().daemon().name("live-status").unstarted(this::run);
  }

  /// @param heading lines above the status
  static LiveStatus start(ManagementConnection management, List<String> heading, PrintStream out) {
    LiveStatus status = new LiveStatus(management, heading, out);
    status.thread.start();
    return status;
  }

  private void run() {
    @Nullable ClusterStatus before = null;
    long beforeNanos = 0;
    try {
      do {
        ClusterStatus now = ask();
        long nanos = System.nanoTime();
        if (now != null) {
          draw(StatusScreen.lines(now, before, (nanos - beforeNanos) / 1e9));
          before = now;
          beforeNanos = nanos;
        }
      } while (!ended.await(1, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private @Nullable ClusterStatus ask() {
    try {
      return management.status(ASK_NANOS);
    } catch (CommandFailure e) {
      if (ended.getCount() > 0) {
        draw(List.of(String.valueOf(e.getMessage())));
      }
      return null;
    }
  }

  private synchronized void draw(List<String> lines) {
    StringBuilder text = new StringBuilder();
    if (drawnLines > 0) {
      text.append("\u001b[").append(drawnLines).append('A');
    }
    text.append('\r').append(CLEAR_TO_END);
    heading.forEach(line -> text.append(line).append('\n'));
    lines.forEach(line -> text.append(line).append('\n'));
    out.print(text);
    out.flush();
    drawnLines = heading.size() + lines.size();
  }

  @Override
  public void close() {
    ended.countDown();
    management.close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
