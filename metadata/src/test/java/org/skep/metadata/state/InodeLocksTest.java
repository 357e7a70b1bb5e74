package org.skep.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Ids;
import org.skep.metadata.twin.TestClock;
import org.skep.runtime.real.RealClock;

class InodeLocksTest {
  private static final long A = Ids.inode(1, 10);
  private static final long B = Ids.inode(0x8001, 10);
  private final InodeLocks locks = new InodeLocks(new TestClock());

  @Test
  void sharedLocksGoTogetherExclusiveOnesDoNot() throws InterruptedException {
    InodeLocks.Held first = locks.tryLock(A, false, 0);
    InodeLocks.Held second = locks.tryLock(A, false, 0);
    assertThat(first).isNotNull();
    assertThat(second).isNotNull();
    assertThat(locks.tryLock(A, true, 1000)).isNull();
    first.close();
    second.close();
    try (InodeLocks.Held writer = locks.tryLock(A, true, 0)) {
      assertThat(writer).isNotNull();
      assertThat(locks.tryLock(A, false, 1000)).isNull();
    }
    assertThat(locks.count()).isZero();
  }

  @Test
  void locksAreTakenInAscendingOrderUnsigned() throws InterruptedException {
    try (InodeLocks.Held held = locks.owner()) {
      assertThat(held.lock(Ids.inode(1, Ids.COUNTER_MAX), true, 0)).isTrue();
      assertThat(held.lock(A, true, 0)).isTrue();
      assertThat(held.lock(B, true, 0)).isTrue();
      assertThat(held.lock(A, true, 0)).as("has it").isTrue();
      assertThatThrownBy(() -> held.lock(A + 1, true, 0)).isInstanceOf(IllegalStateException.class);
    }
    assertThat(locks.count()).isZero();
  }

  @Test
  void handedOverLocksBelongToTheHeir() throws InterruptedException {
    InodeLocks.Held held = locks.tryLock(A, true, 0);
    InodeLocks.Held heir = held.handOver();
    held.close();
    assertThat(locks.tryLock(A, false, 0)).isNull();
    heir.close();
    assertThat(locks.count()).isZero();
  }

  @Test
  void threadsThatCountUnderALockLoseNothing() throws InterruptedException {
    InodeLocks real = new InodeLocks(new RealClock());
    int[] count = {0};
    AtomicInteger missed = new AtomicInteger();
    Thread[] threads = new Thread[4];
    for (int i = 0; i < threads.length; i++) {
      threads[i] =
          new Thread(() -> {
            for (int n = 0; n < 5000; n++) {
              try (InodeLocks.Held held = real.tryLock(A, true, 60_000_000_000L)) {
                if (held == null) {
                  missed.incrementAndGet();
                } else {
                  count[0]++;
                }
              } catch (InterruptedException e) {
                missed.incrementAndGet();
              }
            }
          });
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(missed.get()).isZero();
    assertThat(count[0]).isEqualTo(20_000);
    assertThat(real.count()).isZero();
  }
}
