package org.skep.mirror.resync;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.Target;
import org.skep.mirror.GroupView;
import org.skep.runtime.port.Clock;

/// When a member's last run was, of which group, and how it ended. Immutable.
///
/// @param startEpochNanos since 1970, for people; 0: there was none
/// @param endEpochNanos 0 as long as it goes on
/// @param startNanos of the clock's nanoTime, as is the end
public record RunReport(
    State state,
    String reason,
    long startEpochNanos,
    long endEpochNanos,
    long startNanos,
    long endNanos,
    int group,
    int primary,
    int secondary) {
  private static final long SECOND_NANOS = 1_000_000_000L;

  public static final RunReport NONE = new RunReport(State.NOT_STARTED, "", 0, 0, 0, 0, 0, 0, 0);

  /// Named as in the messages that tell of it.
  public enum State {
    NOT_STARTED,
    RUNNING,
    COMPLETED,
    INTERRUPTED,
    FAILED,
    COMPLETED_WITH_ERRORS
  }

  /// A run begins.
  public static RunReport of(Clock clock, GroupView view) {
    return new RunReport(
        State.RUNNING,
        "",
        clock.epochNanos(),
        0,
        clock.nanoTime(),
        0,
        view.groupId(),
        idOf(view.own()),
        idOf(view.buddy()));
  }

  /// The run has ended.
  public RunReport over(Clock clock, State end, String why) {
    return new RunReport(
        end,
        why,
        startEpochNanos,
        clock.epochNanos(),
        startNanos,
        clock.nanoTime(),
        group,
        primary,
        secondary);
  }

  /// Names the member's group as long as there was no run.
  public RunReport in(GroupView view) {
    return group != 0
        ? this
        : new RunReport(
            state,
            reason,
            startEpochNanos,
            endEpochNanos,
            startNanos,
            endNanos,
            view.groupId(),
            idOf(view.own()),
            idOf(view.buddy()));
  }

  public boolean isRunning() {
    return state == State.RUNNING;
  }

  public long startEpochSeconds() {
    return Math.floorDiv(startEpochNanos, SECOND_NANOS);
  }

  public long endEpochSeconds() {
    return Math.floorDiv(endEpochNanos, SECOND_NANOS);
  }

  /// Since its start, until its end if it is over.
  public long elapsedNanos(Clock clock) {
    return (isRunning() ? clock.nanoTime() : endNanos) - startNanos;
  }

  private static int idOf(@Nullable Target target) {
    return target == null ? 0 : target.id();
  }
}
