package org.skep.runtime.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Who may answer without asking, by the clock.
final class LeasesTest {
  private static final long LEASE_NANOS = 3_000;

  private final RushingClock clock = new RushingClock();
  private final Leases leases = new Leases(clock);

  private void pass(long nanos) {
    clock.parkNanos(this, nanos);
  }

  @Test
  void aLeaseCountsFromTheSendingOfTheHeartbeat() {
    pass(1_000);
    boolean _ = leases.answered(List.of(101, 102), List.of(), 400, LEASE_NANOS);
    pass(2_399);
    assertThat(leases.holds(101)).isTrue();
    assertThat(leases.holds(102)).isTrue();
    assertThat(leases.holds(103)).isFalse();
    pass(1);
    assertThat(leases.holds(101)).isFalse();
  }

  @Test
  void theLastAnswerCounts() {
    boolean _ = leases.answered(List.of(101, 102), List.of(), 0, LEASE_NANOS);
    boolean _ = leases.answered(List.of(101), List.of(), 0, 0);
    assertThat(leases.holds(101)).isFalse();
    assertThat(leases.holds(102)).isTrue();
    leases.lapse();
    assertThat(leases.holds(102)).isFalse();
    boolean _ = leases.answered(List.of(102), List.of(), 0, LEASE_NANOS);
    assertThat(leases.holds(102)).isTrue();
  }

  @Test
  void aSuspendedTargetLosesItsLeaseUntilItIsSuspendedNoLonger() {
    boolean _ = leases.answered(List.of(101, 102), List.of(), 0, LEASE_NANOS);
    assertThat(leases.answered(List.of(101, 102), List.of(102), 0, LEASE_NANOS)).isTrue();
    assertThat(leases.holds(101)).isTrue();
    assertThat(leases.holds(102)).isFalse();
    assertThat(leases.suspended(102)).isTrue();
    assertThat(leases.answered(List.of(101, 102), List.of(102), 0, LEASE_NANOS)).isFalse();
    assertThat(leases.answered(List.of(101, 102), List.of(), 0, LEASE_NANOS)).isFalse();
    assertThat(leases.suspended(102)).isFalse();
    assertThat(leases.holds(102)).isTrue();
  }

  @Test
  void aStopIsTheEndOfAllLeases() {
    boolean _ = leases.answered(List.of(101), List.of(), 0, LEASE_NANOS);
    leases.dropAll();
    assertThat(leases.holds(101)).isFalse();
    boolean _ = leases.answered(List.of(101), List.of(), 0, LEASE_NANOS);
    assertThat(leases.holds(101)).isFalse();
  }
}
