package org.skep.storage.resync;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.skep.storage.StillClock;

class PaceTest {
  private final StillClock clock = new StillClock();

  @Test
  void noMoreThanTheLimitPassesInASecond() throws InterruptedException {
    Pace pace = new Pace(clock, 10 << 20);
    long start = clock.nanoTime();
    for (int step = 0; step < 101; step++) {
      pace.await(1 << 20);
    }
    assertThat(clock.nanoTime() - start).isBetween(9_999_000_000L, 10_001_000_000L);
  }

  @Test
  void timeThatWasNotUsedIsNotSaved() throws InterruptedException {
    Pace pace = new Pace(clock, 1 << 20);
    clock.parkNanos(this, 10_000_000_000L);
    long start = clock.nanoTime();
    for (int step = 0; step < 3; step++) {
      pace.await(1 << 20);
    }
    assertThat(clock.nanoTime() - start).isBetween(1_999_000_000L, 2_001_000_000L);
  }

  @Test
  void zeroIsNoLimit() throws InterruptedException {
    Pace pace = new Pace(clock, 0);
    long start = clock.nanoTime();
    pace.await(Long.MAX_VALUE);
    pace.await(Long.MAX_VALUE);
    assertThat(clock.nanoTime()).isEqualTo(start);
  }
}
