package org.skep.mirror.range;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.skep.runtime.real.RealClock;

class RangeLocksTest {
  private static final Range LOWER = new Range(0, 10);
  private static final Range UPPER = new Range(10, 20);
  private static final Range MIDDLE = new Range(5, 15);
  private final RangeLocks<String> locks = new RangeLocks<>(new RealClock());
  private final List<String> order = new CopyOnWriteArrayList<>();

  private Thread waiting(String name, boolean exclusive, Range range, CountDownLatch release)
      throws InterruptedException {
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try (RangeLocks<String>.Held _ =
                  exclusive ? locks.exclusive("key", range) : locks.shared("key", range)) {
                order.add(name);
                release.await();
              } catch (InterruptedException e) {
                order.add(name + " interrupted");
              }
            });
    while (thread.getState() != Thread.State.WAITING
        && thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    return thread;
  }

  @Test
  void ranges_that_do_not_overlap_and_other_keys_are_free() throws Exception {
    try (RangeLocks<String>.Held _ = locks.exclusive("key", LOWER);
        RangeLocks<String>.Held _ = locks.exclusive("key", UPPER);
        RangeLocks<String>.Held _ = locks.exclusive("other", LOWER);
        RangeLocks<String>.Held _ = locks.exclusive("key", new Range(5, 5))) {
      assertThat(order).isEmpty();
    }
  }

  @Test
  void readers_share_and_a_writer_that_waits_goes_before_later_readers() throws Exception {
    CountDownLatch none = new CountDownLatch(0);
    CountDownLatch hold = new CountDownLatch(1);
    RangeLocks<String>.Held first = locks.shared("key", LOWER);
    locks.shared("key", LOWER).close();
    Thread writer = waiting("writer", true, MIDDLE, hold);
    Thread reader = waiting("reader", false, UPPER, none);
    assertThat(order).isEmpty();
    first.close();
    while (order.isEmpty()) {
      Thread.onSpinWait();
    }
    assertThat(order).containsExactly("writer");
    hold.countDown();
    writer.join();
    reader.join();
    assertThat(order).containsExactly("writer", "reader");
  }

  @Test
  void who_is_not_in_anybodys_way_does_not_wait_for_those_who_do() throws Exception {
    CountDownLatch none = new CountDownLatch(0);
    RangeLocks<String>.Held first = locks.exclusive("key", LOWER);
    Thread blocked = waiting("blocked", true, LOWER, none);
    locks.exclusive("key", UPPER).close();
    first.close();
    blocked.join();
    assertThat(order).containsExactly("blocked");
  }

  @Test
  void who_is_interrupted_leaves_the_queue() throws Exception {
    CountDownLatch none = new CountDownLatch(0);
    RangeLocks<String>.Held first = locks.shared("key", LOWER);
    Thread writer = waiting("writer", true, LOWER, none);
    Thread reader = waiting("reader", false, LOWER, none);
    writer.interrupt();
    writer.join();
    reader.join();
    assertThat(order).containsExactlyInAnyOrder("writer interrupted", "reader");
    first.close();
    assertThatThrownBy(first::close).isInstanceOf(IllegalStateException.class);
  }
}
