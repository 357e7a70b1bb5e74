package org.skep.simulation.log;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.skep.simulation.world.Scheduler;
import org.skep.simulation.world.SimulatedProcess;

/// The events of one run; the last ones are kept for the report of a failure. What is logged by
/// anybody goes to the log that is [#current].
public final class EventLog {
  private static final int KEPT = 60;
  private static volatile @Nullable EventLog current;

  private final Scheduler scheduler;
  private final @Nullable Consumer<String> all;
  private final Deque<String> last = new ArrayDeque<>();

  /// @param all gets every event; null: they are only kept
  public EventLog(Scheduler scheduler, @Nullable Consumer<String> all) {
    this.scheduler = scheduler;
    this.all = all;
  }

  /// Makes this the log of all loggers of the JVM, or none.
  public static void setCurrent(@Nullable EventLog log) {
    current = log;
  }

  static @Nullable EventLog current() {
    return current;
  }

  boolean isVerbose() {
    return all != null;
  }

  /// Notes something that happened in the world.
  public void event(String text) {
    SimulatedProcess running = scheduler.running();
    String line =
        String.format(
            Locale.ROOT,
            "%12.6f %-12s %s",
            scheduler.nowNanos() / 1e9,
            running == null ? "-" : running.name(),
            text);
    last.add(line);
    if (last.size() > KEPT) {
      last.remove();
    }
    if (all != null) {
      all.accept(line);
    }
  }

  /// The latest events, oldest first.
  public List<String> last() {
    return List.copyOf(last);
  }
}
