package org.skep.mirror.range;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.runtime.port.Gate;
import org.skep.runtime.real.RealClock;

@Timeout(60)
class ForwardingModeTest {
  private final ForwardingMode forwarding = new ForwardingMode(new Gate(new RealClock()));
  private final AtomicInteger told = new AtomicInteger();

  private boolean set(Forwarding mode) {
    try {
      return forwarding.set(mode, told::incrementAndGet, () -> true);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aChangeThatIsNotTakenEndsTheResync() {
    assertThat(set(Forwarding.BEST_EFFORT)).isTrue();
    Forwarding mode = forwarding.begin();
    assertThat(forwarding.broken()).isTrue();
    forwarding.end(mode);
    assertThat(told).hasValue(1);
    assertThat(forwarding.now()).isEqualTo(Forwarding.OFF);
  }

  @Test
  void alsoOneThatBeganBeforeAllChangesHadToWaitForTheSecondary() {
    assertThat(set(Forwarding.BEST_EFFORT)).isTrue();
    Forwarding mode = forwarding.begin();
    CompletableFuture<Boolean> required =
        CompletableFuture.supplyAsync(() -> set(Forwarding.REQUIRED));
    while (forwarding.now() != Forwarding.REQUIRED) {
      Thread.onSpinWait();
    }
    assertThat(forwarding.broken()).isTrue();
    forwarding.end(mode);
    assertThat(required.join()).as("whether it may count on the secondary").isFalse();
    assertThat(forwarding.now()).isEqualTo(Forwarding.OFF);
  }
}
