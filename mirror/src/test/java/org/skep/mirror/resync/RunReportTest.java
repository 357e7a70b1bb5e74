package org.skep.mirror.resync;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupMaps;
import org.skep.mirror.GroupView;
import org.skep.runtime.port.Clock;
import org.skep.wire.message.ResyncStatsReply;
import org.skep.wire.message.ShardResyncStatsReply;

class RunReportTest {
  private static final GroupView VIEW =
      GroupView.of(GroupMaps.UNREACHED.alone(1), NodeKind.METADATA, GroupMaps.OWN);

  private final Hands clock = new Hands();

  private static final class Hands implements Clock {
    private long nanos = 5_000_000_000L;

    @Override
    public long nanoTime() {
      return nanos;
    }

    @Override
    public long epochNanos() {
      return 1_000_000_000L + nanos;
    }

    @Override
    public void parkNanos(Object blocker, long parkNanos) {
      throw new AssertionError("a report waits for nothing");
    }
  }

  @Test
  void aRunLastsUntilItsEnd() {
    RunReport run = RunReport.of(clock, VIEW);
    clock.nanos += 3_000_000_000L;
    assertThat(run.isRunning()).isTrue();
    assertThat(run.elapsedNanos(clock)).isEqualTo(3_000_000_000L);
    assertThat(run.endEpochSeconds()).isZero();
    RunReport over = run.over(clock, RunReport.State.FAILED, "why");
    clock.nanos += 1_000_000_000L;
    assertThat(over.isRunning()).isFalse();
    assertThat(over.elapsedNanos(clock)).isEqualTo(3_000_000_000L);
    assertThat(over.startEpochSeconds()).isEqualTo(6);
    assertThat(over.endEpochSeconds()).isEqualTo(9);
    assertThat(over.reason()).isEqualTo("why");
    assertThat(over.group()).isEqualTo(GroupMaps.GROUP);
  }

  @Test
  void withoutARunTheMembersPresentGroupIsNamed() {
    RunReport none = RunReport.NONE.in(VIEW);
    assertThat(none.state()).isEqualTo(RunReport.State.NOT_STARTED);
    assertThat(none.group()).isEqualTo(GroupMaps.GROUP);
    assertThat(none.primary()).isEqualTo(GroupMaps.OWN);
    assertThat(none.secondary()).isEqualTo(GroupMaps.BUDDY);
    assertThat(none.elapsedNanos(clock)).isZero();
    RunReport run = RunReport.of(clock, VIEW);
    assertThat(run.in(GroupView.NOTHING)).as("of its own group").isEqualTo(run);
  }

  @Test
  void itsStatesAreThoseOfTheMessages() {
    for (RunReport.State state : RunReport.State.values()) {
      assertThat(ResyncStatsReply.State.valueOf(state.name()).name()).isEqualTo(state.name());
      assertThat(ShardResyncStatsReply.State.valueOf(state.name()).name()).isEqualTo(state.name());
    }
  }
}
