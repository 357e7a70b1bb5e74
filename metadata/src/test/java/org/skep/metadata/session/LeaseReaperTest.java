package org.skep.metadata.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.metadata.lock.HandClock;
import org.skep.metadata.twin.MemoryStore;

// A lost wake-up must fail, not hang.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LeaseReaperTest {

  @Test
  void itEndsSilentSessionsByItselfAndStops() throws Exception {
    HandClock clock = new HandClock();
    ShardLife shard = new ShardLife(new MemoryStore(), clock);
    long file = shard.createUnnamed(0x11);
    LeaseReaper reaper = new LeaseReaper(shard.sessions, shard.locks.waits(), clock);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    clock.jump(true);
    reaper.start((name, body) ->
        Thread.ofPlatform()
            .name(name)
            .uncaughtExceptionHandler((_, e) -> failure.set(e))
            .start(body));
    while (shard.exists(file) && failure.get() == null) {
      Thread.onSpinWait();
    }

    reaper.stop();

    assertThat(failure.get()).isNull();
    assertThat(shard.sessions.size()).isZero();
  }
}
