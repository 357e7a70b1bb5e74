package org.skep.metadata.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.state.ShardEndedException;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;
import org.skep.metadata.twin.MemoryStore;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.real.RealClock;
import org.skep.runtime.real.RealThreads;

/// Many threads change a shard while the mode changes again and again.
@Timeout(60)
class ReplicatorThreadsTest {
  private static final int WRITERS = 4;
  private static final int CHANGES = 1500;

  private final MemoryStore here = new MemoryStore();
  private final MemoryStore there = new MemoryStore();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger syncsUnderWay = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();

  private final class NoComplaints implements ReplicationWatch {
    @Override
    public void secondaryFails(String reason) {
      failures.add(new AssertionError(reason));
    }

    @Override
    public void diskFails(DiskException reason) {
      failures.add(reason);
    }
  }

  /// Each seventh answer gets lost.
  private final class Line implements Secondary {
    private final ShardReplica replica;

    private Line(ShardReplica replica) {
      this.replica = replica;
    }

    @Override
    public Appended append(long previous, List<LoggedBatch> batches, boolean sync)
        throws IOException {
      AtomicInteger mine = sync ? syncsUnderWay : underWay;
      if (mine.incrementAndGet() > 1) {
        failures.add(new AssertionError("two requests at once"));
      }
      try {
        Appended answer = replica.append(previous, batches, sync);
        if (requests.incrementAndGet() % 7 == 0) {
          throw new IOException("lost");
        }
        return answer;
      } catch (RefusedException e) {
        throw new LastingRefusal(e.failure().detail());
      } finally {
        mine.decrementAndGet();
      }
    }
  }

  private void write(Shard shard, Replicator replicator, long writer) {
    try {
      for (long i = 0; i < CHANGES; i++) {
        byte[] key = Keys.of(writer, i % 100);
        Batch batch = new Batch();
        batch.put(Table.INODES, key, Keys.of(i));
        boolean before = replicator.isRequired();
        shard.apply(batch, i % 10 == 0);
        shard.awaitAcknowledged();
        byte[] copy = there.get(Table.INODES, key);
        if (before && replicator.isRequired() && copy == null) {
          failures.add(new AssertionError("acknowledged without the secondary"));
        }
      }
    } catch (IOException | RuntimeException e) {
      failures.add(e);
    }
  }

  @Test
  void changesGoOnWhateverTheModeAndBothBecomeEqual() throws Exception {
    RealThreads threads = new RealThreads();
    Replicator replicator = new Replicator(1, here, new RealClock(), threads, new NoComplaints());
    replicator.alone();
    Shard shard = new Shard(1, here, new RealClock(), replicator, 5);
    ShardReplica replica = ShardReplica.open(there);
    List<Thread> writers = new ArrayList<>();
    for (int writer = 1; writer <= WRITERS; writer++) {
      long number = writer;
      writers.add(threads.start("writer-" + writer, () -> write(shard, replicator, number)));
    }
    while (writers.stream().anyMatch(Thread::isAlive)) {
      // From the first batch on: the log has all.
      replicator.follow(new Line(replica), replica.last());
      while (shard.countBehind(replicator.acknowledged()) > 100) {
        try {
          boolean _ = replicator.pump();
        } catch (IOException e) {
          assertThat(e).hasMessage("lost");
        }
      }
      replicator.require();
      for (int i = 0; i < 20; i++) {
        shard.awaitAcknowledged();
      }
      replicator.alone();
    }
    replicator.require(new Line(replica));
    shard.awaitAcknowledged();
    assertThat(failures).isEmpty();
    assertThat(ReplicatedPair.content(there)).isEqualTo(ReplicatedPair.content(here));
    shard.end();
  }

  @Test
  void theEndLetsAllGoWhoWaitForASilentSecondary() throws Exception {
    RealThreads threads = new RealThreads();
    Replicator replicator = new Replicator(1, here, new RealClock(), threads, new NoComplaints());
    replicator.require((previous, batches, sync) -> {
      throw new IOException("silent");
    });
    Shard shard = new Shard(1, here, new RealClock(), replicator, 5);
    AtomicInteger ended = new AtomicInteger();
    AtomicBoolean acknowledged = new AtomicBoolean();
    List<Thread> waiting = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      boolean sync = i % 2 == 0;
      waiting.add(
          threads.start(
              "waiting",
              () -> {
                try {
                  shard.apply(new Batch(), sync);
                  shard.awaitAcknowledged();
                  acknowledged.set(true);
                } catch (ShardEndedException e) {
                  ended.incrementAndGet();
                } catch (DiskException e) {
                  failures.add(e);
                }
              }));
    }
    while (shard.latestBatch() < (2L << 32) + 1 + WRITERS) {
      Thread.onSpinWait();
    }
    shard.end();
    for (Thread thread : waiting) {
      thread.join();
    }
    assertThat(ended.get()).isEqualTo(WRITERS);
    assertThat(acknowledged.get()).isFalse();
    assertThat(failures).isEmpty();
  }
}
