package org.skep.metadata.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.metadata.twin.CrashedError;
import org.skep.metadata.twin.MemoryStore;
import org.skep.metadata.twin.NamespaceChecker;
import org.skep.metadata.twin.RandomTree;
import org.skep.metadata.twin.ShardCluster;
import org.skep.metadata.twin.TestClock;
import org.skep.metadata.twin.TreeClient;
import org.skep.metadata.twin.TreeModel;
import org.skep.wire.Answer;

/// Random changes of a tree over three shards, which die at any batch and come back.
class RandomTreeTest {
  private static final int CHANGES = 300;
  private static final int SHARDS = 3;
  private static final int TRIES = 50;

  /// One run, from a seed.
  private static final class Run extends RandomTree {
    private final TestClock clock;
    private final ShardCluster cluster;
    private final boolean losing;
    private int crashes;

    /// @param losing whether a crash loses what was not synced; then there is no model
    private Run(long seed, boolean losing) throws Exception {
      this(seed, losing, new TestClock());
    }

    private Run(long seed, boolean losing, TestClock clock) throws Exception {
      this(seed, losing, clock, new ShardCluster(SHARDS, clock, seed));
    }

    private Run(long seed, boolean losing, TestClock clock, ShardCluster cluster) {
      super(new SplittableRandom(seed), new TreeClient(cluster, 7), ShardCluster.ROOT);
      this.clock = clock;
      this.cluster = cluster;
      this.losing = losing;
    }

    @Override
    protected boolean hasModel() {
      return !losing;
    }

    @Override
    protected int shard() {
      return 1 + random.nextInt(SHARDS);
    }

    @Override
    protected TreeModel.Node newParent(TreeModel.Node oldParent) {
      return directory();
    }

    @Override
    protected <R> Answer<R> ask(Supplier<Answer<R>> asks) throws Exception {
      if (random.nextInt(3) == 0) {
        int victim = 1 + random.nextInt(SHARDS);
        cluster.store(victim).crashIn(1 + random.nextInt(4), random.nextBoolean());
      }
      Answer<R> answer = asks.get();
      for (int i = 0; isRetry(answer); i++) {
        assertThat(i).as("tries: %s", answer).isLessThan(TRIES);
        recover();
        client.again();
        answer = asks.get();
      }
      return answer;
    }

    private void recover() throws Exception {
      for (Map.Entry<Integer, MemoryStore> store : cluster.stores().entrySet()) {
        if (store.getValue().isDead()) {
          crashes++;
          int lost = losing ? random.nextInt(store.getValue().unsyncedCount() + 1) : 0;
          cluster.restart(store.getKey(), lost);
        }
      }
      if (random.nextBoolean()) {
        clock.advance(4_000_000_000L);
        for (int shard = 1; shard <= SHARDS; shard++) {
          if (!cluster.store(shard).isDead()) {
            settleOrDie(shard);
          }
        }
      }
    }

    private void settleOrDie(int shard) throws Exception {
      try {
        boolean _ = cluster.host(shard).settleAll();
      } catch (CrashedError e) {
        assertThat(cluster.store(shard).isDead()).isTrue();
      }
    }

    private void check() throws Exception {
      for (MemoryStore store : cluster.stores().values()) {
        store.crashIn(0, false);
      }
      recover();
      cluster.settle(() -> clock.advance(4_000_000_000L));
      assertThat(NamespaceChecker.check(cluster.stores(), ShardCluster.ROOT)).isEmpty();
      assertThat(cluster.lockCount()).isZero();
      compare();
    }
  }

  private static Run run(long seed, boolean losing) throws Exception {
    Run run = new Run(seed, losing);
    for (int i = 0; i < CHANGES; i++) {
      run.change();
      if (i % 50 == 49) {
        run.check();
      }
    }
    run.check();
    assertThat(run.done()).as("changes that succeeded").isGreaterThan(CHANGES / 10);
    assertThat(run.crashes).as("crashes").isGreaterThan(CHANGES / 20);
    return run;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void killedServersLoseNothingAndRepetitionsGetTheFirstAnswer(long seed) throws Exception {
    Run _ = run(seed, false);
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32})
  void hostsThatLoseUnsyncedBatchesStillAgree(long seed) throws Exception {
    Run _ = run(seed, true);
  }

  /// `-Dskep.tree.seeds=N` runs as many more of each kind.
  @Test
  void moreSeedsOnDemand() throws Exception {
    for (long seed = 1000; seed < 1000 + Long.getLong("skep.tree.seeds", 1); seed++) {
      try {
        Run _ = run(seed, false);
        Run _ = run(seed, true);
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }
}
