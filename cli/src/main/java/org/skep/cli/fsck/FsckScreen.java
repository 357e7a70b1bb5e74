package org.skep.cli.fsck;

import java.io.PrintWriter;
import org.skep.cli.ctl.OutputFormat;
import org.skep.cli.terminal.Question;
import org.skep.cli.terminal.Terminal;
import org.skep.fsck.Finding;
import org.skep.fsck.Watcher;
import picocli.CommandLine;

/// What a person sees of a check while it runs: findings as they come, and on a terminal, after two
/// seconds, a line with the phase, a bar and a count.
final class FsckScreen implements Watcher, AutoCloseable {
  private static final long QUIET_NANOS = 2_000_000_000L;
  private static final long DRAW_NANOS = 200_000_000L;

  private final PrintWriter out;
  private final PrintWriter err;
  private final OutputFormat output;
  private final boolean yes;
  private final boolean terminal = Terminal.isError();
  private final long startNanos = System.nanoTime();
  private long drawnNanos = startNanos;
  private boolean drawn;

  FsckScreen(CommandLine command, OutputFormat output, boolean yes) {
    this.out = command.getOut();
    this.err = command.getErr();
    this.output = output;
    this.yes = yes;
  }

  @Override
  public void progress(String phase, long done, int permille) {
    long now = System.nanoTime();
    boolean due = now - startNanos >= QUIET_NANOS && now - drawnNanos >= DRAW_NANOS;
    if (terminal && due) {
      drawnNanos = now;
      drawn = true;
      err.print("\r\u001b[K" + FsckText.bar(phase, done, permille));
      err.flush();
    }
  }

  @Override
  public void found(Finding finding) {
    if (output == OutputFormat.text) {
      clear();
      out.println(FsckText.line(finding));
      out.flush();
    }
  }

  @Override
  public boolean mayRemove(String what) {
    clear();
    return yes || Question.ask(what + "?");
  }

  @Override
  public void close() {
    clear();
  }

  /// Takes the line away.
  void clear() {
    if (drawn) {
      drawn = false;
      err.print("\r\u001b[K");
      err.flush();
    }
  }
}
