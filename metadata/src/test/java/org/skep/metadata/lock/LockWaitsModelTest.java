package org.skep.metadata.lock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.skep.metadata.lock.LockWaits.Ticket;
import org.skep.metadata.lock.LockWaits.Verdict;

/// Many owners lock, wait, cancel and unlock at random over a few files. Compared with a model of
/// who waits for whom; and at the end, whoever waits must get its lock when the others go.
class LockWaitsModelTest {
  private static final int FILES = 3;
  private static final int OWNERS = 6;
  private static final int BYTES = 6;

  private static final class Run {
    private final Random random;
    private final String name;
    private final HandClock clock = new HandClock();
    private final LockWaits waits = new LockWaits(clock);
    private final Map<Long, LockTable> tables = new HashMap<>();
    private final Map<Long, Waiting> waiting = new TreeMap<>();
    private long tickets;
    private int circles;

    private record Waiting(long inode, Ticket ticket, HeldLock wanted) {}

    Run(long seed) {
      random = new Random(seed);
      name = "seed " + seed;
      for (long inode = 0; inode < FILES; inode++) {
        tables.put(inode, LockTable.EMPTY);
      }
    }

    void step() {
      clock.advance(random.nextInt(300_000_000));
      long number = random.nextInt(OWNERS);
      Waiting present = waiting.get(number);
      if (present == null && random.nextBoolean()) {
        ask(number, new Waiting(random.nextInt(FILES), new Ticket(1, ++tickets), lock(number)));
      } else if (present == null) {
        change(random.nextInt(FILES), number);
      } else if (random.nextInt(20) == 0) {
        waits.cancel(present.ticket);
        waiting.remove(number);
      }
      // Clients that wait ask all the time: nobody is forgotten.
      for (long other : List.copyOf(waiting.keySet())) {
        ask(other, waiting.get(other));
      }
    }

    private HeldLock lock(long number) {
      int start = random.nextInt(BYTES);
      int end = start + random.nextInt(BYTES - start);
      return HeldLock.fcntl(1, number, random.nextBoolean(), start, end, 0);
    }

    private void change(long inode, long number) {
      HeldLock range = lock(number);
      apply(inode, tables.get(inode).unlock(range.owner(), range.start(), range.end()));
    }

    private void apply(long inode, LockChange change) {
      tables.put(inode, change.table());
      waits.changed(inode, change.table());
    }

    private void ask(long number, Waiting wanted) {
      LockTable table = tables.get(wanted.inode);
      boolean blocked = table.conflict(wanted.wanted) != null;
      boolean circle = blocked && closesCircle(number, wanted);
      Verdict verdict = waits.ask(wanted.inode, wanted.ticket, wanted.wanted, table);
      if (blocked) {
        assertThat(verdict).as(name).isEqualTo(circle ? Verdict.DEADLOCK : Verdict.WAIT);
      } else {
        assertThat(verdict).as(name).isIn(Verdict.GRANT, Verdict.WAIT);
      }
      switch (verdict) {
        case GRANT -> {
          apply(wanted.inode, table.set(wanted.wanted));
          waits.leave(wanted.ticket);
          waiting.remove(number);
        }
        case WAIT -> waiting.put(number, wanted);
        case DEADLOCK -> {
          waiting.remove(number);
          circles++;
        }
        default -> throw new AssertionError(name + ": " + verdict);
      }
    }

    private boolean closesCircle(long number, Waiting wanted) {
      Set<Long> reached = new HashSet<>();
      List<Waiting> open = new ArrayList<>(List.of(wanted));
      while (!open.isEmpty()) {
        Waiting next = open.removeLast();
        for (LockOwner blocker : tables.get(next.inode).blockers(next.wanted)) {
          Waiting further = waiting.get(blocker.number());
          if (reached.add(blocker.number()) && further != null) {
            open.add(further);
          }
        }
      }
      return reached.contains(number);
    }

    /// Those who don't wait give up their locks, again and again, until nobody waits.
    void finish() {
      for (int round = 0; round < 10 * OWNERS && !waiting.isEmpty(); round++) {
        // The order of arrival may close circles too: patience ends them.
        clock.advance(LockWaits.PATIENCE_NANOS / 3);
        for (long number = 0; number < OWNERS; number++) {
          if (!waiting.containsKey(number)) {
            LockOwner owner = new LockOwner(LockFamily.FCNTL, 1, number);
            for (long inode = 0; inode < FILES; inode++) {
              apply(inode, tables.get(inode).release(owner));
            }
          }
        }
        for (long number : List.copyOf(waiting.keySet())) {
          ask(number, waiting.get(number));
        }
      }
      assertThat(waiting).as(name).isEmpty();
      waits.expire();
      clock.advance(LockWaits.FORGOTTEN_NANOS + 1);
      waits.expire();
      assertThat(waits.size()).as(name).isZero();
    }
  }

  @Test
  void circlesAreFoundExactlyAndEverybodyIsServed() {
    int circles = 0;
    for (long seed = 0; seed < 100; seed++) {
      Run run = new Run(seed);
      for (int step = 0; step < 400; step++) {
        run.step();
      }
      run.finish();
      circles += run.circles;
    }
    assertThat(circles).as("the test reaches circles").isGreaterThan(100);
  }
}
