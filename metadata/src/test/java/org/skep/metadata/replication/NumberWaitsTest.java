package org.skep.metadata.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;
import org.skep.runtime.real.RealClock;
import org.skep.runtime.real.RealThreads;

/// An answer wakes whom it concerns, and nobody else.
@Timeout(60)
class NumberWaitsTest {
  private final Clock clock = new RealClock();
  private final Gate gate = new Gate(clock);
  private final NumberWaits waits = new NumberWaits(gate);
  // both guarded by gate
  private final List<Long> waiting = new ArrayList<>();
  private final List<Long> woken = new ArrayList<>();

  private Thread waiter(long number) {
    Thread thread =
        new RealThreads()
            .start(
                "waits-for-" + number,
                () -> {
                  gate.lock();
                  try {
                    waiting.add(number);
                    waits.await(number, new Waiting(clock));
                    woken.add(number);
                  } finally {
                    gate.unlock();
                  }
                });
    // It holds the gate until it waits.
    while (!waiting().contains(number)) {
      Thread.onSpinWait();
    }
    return thread;
  }

  private List<Long> waiting() {
    gate.lock();
    try {
      return List.copyOf(waiting);
    } finally {
      gate.unlock();
    }
  }

  private void over(long reached) {
    gate.lock();
    try {
      waits.over(reached);
    } finally {
      gate.unlock();
    }
  }

  @Test
  void whoHasWhatItWantedIsWokenAndOneMoreWhoGoesOn() throws Exception {
    Thread twelve = waiter(12);
    Thread seven = waiter(7);
    Thread eleven = waiter(11);
    Thread any = waiter(NumberWaits.ANY);
    over(10);
    for (Thread thread : List.of(twelve, seven, any)) {
      thread.join();
    }
    assertThat(woken).containsExactlyInAnyOrder(12L, 7L, NumberWaits.ANY);
    assertThat(eleven.isAlive()).isTrue();
    over(11);
    eleven.join();
    assertThat(woken).hasSize(4);
  }

  @Test
  void allAreWokenWhenEverythingIsDifferent() throws Exception {
    List<Thread> threads = List.of(waiter(5), waiter(6), waiter(7));
    gate.lock();
    try {
      waits.wakeAll();
    } finally {
      gate.unlock();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(woken).containsExactlyInAnyOrder(5L, 6L, 7L);
  }
}
