package org.skep.metadata.resync;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.Target;
import org.skep.mirror.GroupView;
import org.skep.runtime.port.Clock;
import org.skep.wire.message.ShardResyncStatsReply;
import org.skep.wire.message.ShardResyncStatsReply.State;

/// What is known of a member's last run.
///
/// @param startEpochNanos since 1970, for people; 0: there was none
/// @param endEpochNanos 0 as long as it goes on
/// @param startNanos of the clock's nanoTime, as is the end
record ResyncReport(
    State state,
    String reason,
    long startEpochNanos,
    long endEpochNanos,
    long startNanos,
    long endNanos,
    Counters counters,
    int group,
    int primary,
    int secondary) {
  private static final long SECOND_NANOS = 1_000_000_000L;

  static final ResyncReport NONE =
      new ResyncReport(State.NOT_STARTED, "", 0, 0, 0, 0, new Counters(), 0, 0, 0);

  /// A run begins.
  static ResyncReport of(Clock clock, GroupView view, Counters counters) {
    return new ResyncReport(
        State.RUNNING,
        "",
        clock.epochNanos(),
        0,
        clock.nanoTime(),
        0,
        counters,
        view.groupId(),
        idOf(view.own()),
        idOf(view.buddy()));
  }

  /// The run has ended.
  ResyncReport over(Clock clock, State end, String why) {
    return new ResyncReport(
        end,
        why,
        startEpochNanos,
        clock.epochNanos(),
        startNanos,
        clock.nanoTime(),
        counters,
        group,
        primary,
        secondary);
  }

  /// The answer to SHARD_RESYNC_STATS.
  ///
  /// @param view of the member, which names the group as long as there was no run
  ShardResyncStatsReply stats(Clock clock, GroupView view) {
    ShardResyncStatsReply.Builder reply =
        ShardResyncStatsReply.newBuilder()
            .setState(state)
            .setReason(reason)
            .setStartEpochSeconds(Math.floorDiv(startEpochNanos, SECOND_NANOS))
            .setEndEpochSeconds(Math.floorDiv(endEpochNanos, SECOND_NANOS))
            .setGroupId(group != 0 ? group : view.groupId())
            .setPrimary(primary != 0 ? primary : idOf(view.own()))
            .setSecondary(secondary != 0 ? secondary : idOf(view.buddy()));
    boolean running = state == State.RUNNING;
    counters.fill(reply, running, (running ? clock.nanoTime() : endNanos) - startNanos);
    return reply.build();
  }

  /// 0: there is none.
  static int idOf(@Nullable Target target) {
    return target == null ? 0 : target.id();
  }
}
