package org.skep.metadata.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.cluster.Ids;
import org.skep.cluster.Layout;
import org.skep.cluster.StripePattern;
import org.skep.metadata.chunk.Truncations;
import org.skep.metadata.lock.HeldLocks;
import org.skep.metadata.operation.Placement;
import org.skep.metadata.operation.ShardOperations;
import org.skep.metadata.session.Sessions;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Shard;
import org.skep.metadata.transaction.Coordinator;
import org.skep.metadata.transaction.Participant;
import org.skep.metadata.transaction.Peers;
import org.skep.metadata.twin.CrashedError;
import org.skep.metadata.twin.NamespaceChecker;
import org.skep.metadata.twin.RandomTree;
import org.skep.metadata.twin.RecordedChunks;
import org.skep.metadata.twin.ShardCluster;
import org.skep.metadata.twin.TreeClient;
import org.skep.metadata.twin.TreeModel;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.MapCodec;
import org.skep.wire.Operation;

/// Random changes of a tree on one shard, whose members die, take over and are brought back; what
/// the client heard is what a model says, and a repetition gets the first answer.
class ReplicatedTreeTest {
  private static final long ROOT = Ids.inode(ReplicatedPair.SHARD, Ids.ROOT_COUNTER);
  private static final int CHANGES = 300;
  private static final int TRIES = 50;

  /// The shard's door, in whichever life and on whichever member.
  private static final class Door implements TreeClient.Shards, Placement, Peers {
    private final ReplicatedPair pair;
    private ShardOperations operations;

    private Door(long seed) throws DiskException {
      pair = new ReplicatedPair(seed, this::open);
    }

    private void open(Shard shard) throws DiskException {
      HeldLocks locks = new HeldLocks(shard.records(), shard.clock());
      MapHolder maps = new MapHolder(shard.clock());
      operations =
          new ShardOperations(
              shard,
              this,
              new Truncations(shard, new RecordedChunks()),
              new Coordinator(shard, this, maps, new ShardCluster.SeededChance(1)),
              new Participant(shard, this, maps),
              () -> false,
              locks,
              new Sessions(shard, locks));
    }

    @Override
    public <Q extends MessageLite, R extends MessageLite> Answer<R> ask(
        int shard, Operation<Q, R> operation, Q request, Call call) {
      try {
        return switch (operations.handle(operation, request, call)) {
          case Outcome.Done<R>(R reply, var _, long batch) -> new Answer.Done<>(reply, 0, batch);
          case Outcome.Refused<R>(Failure failure) -> new Answer.Refused<>(failure);
        };
      } catch (CrashedError e) {
        assertThat(pair.primaryStore().isDead()).isTrue();
        return new Answer.Refused<>(Failure.retry("the primary died"));
      }
    }

    @Override
    public <Q extends MessageLite, R extends MessageLite> Answer<R> call(
        int shard, Operation<Q, R> operation, Q request, long waitNanos) {
      return new Answer.Refused<>(Failure.retry("there is only one shard"));
    }

    @Override
    public Layout layout(StripePattern pattern) {
      return new Layout(pattern.kind(), pattern.chunkBytes(), List.of(1));
    }

    @Override
    public int directoryShard(int parentShard) {
      return parentShard;
    }
  }

  private static final class Run extends RandomTree {
    private final ReplicatedPair pair;
    private int failovers;

    private Run(long seed) throws Exception {
      this(seed, new Door(seed));
    }

    private Run(long seed, Door door) throws Exception {
      super(new SplittableRandom(seed), new TreeClient(door, 7), ROOT);
      pair = door.pair;
      pair.faultsPercent = 10;
      pair.shard().makeRoot(MapCodec.message(StripePattern.DEFAULT));
    }

    @Override
    protected int shard() {
      return 0;
    }

    /// A rename between directories asks the root shard of the map for its lock: there is no map.
    @Override
    protected TreeModel.Node newParent(TreeModel.Node oldParent) {
      return oldParent;
    }

    @Override
    protected <R> Answer<R> ask(Supplier<Answer<R>> asks) throws Exception {
      fault();
      Answer<R> answer = asks.get();
      for (int i = 0; isRetry(answer) || random.nextInt(20) == 0; i++) {
        // Also an answer that the client has not heard.
        assertThat(i).as("tries: %s", answer).isLessThan(TRIES);
        recover();
        client.again();
        answer = asks.get();
      }
      return answer;
    }

    private void fault() throws Exception {
      switch (random.nextInt(8)) {
        case 0 -> pair.primaryStore().crashIn(1 + random.nextInt(4), random.nextBoolean());
        case 1 -> {
          if (pair.isPair()) {
            pair.secondaryStore().crashIn(1 + random.nextInt(4), random.nextBoolean());
          }
        }
        case 2 -> {
          pair.primaryStore().crashIn(0, false);
          if (!pair.isPair()) {
            boolean _ = pair.resync(false, () -> {});
          }
        }
        case 3 -> {
          if (pair.isPair() && !pair.secondaryStore().isDead()) {
            pair.primaryStore().crashIn(0, false);
            pair.handOver();
            failovers++;
          }
        }
        default -> {}
      }
    }

    private void recover() throws IOException {
      if (!pair.primaryStore().isDead()) {
        return;
      }
      if (pair.isPair() && !pair.secondaryStore().isDead()) {
        pair.failover();
        failovers++;
      } else {
        pair.restartPrimary();
      }
    }

    private void check() throws Exception {
      pair.primaryStore().crashIn(0, false);
      pair.secondaryStore().crashIn(0, false);
      recover();
      pair.faultsPercent = 0;
      if (!pair.isPair()) {
        assertThat(pair.resync(false, () -> {})).isTrue();
      }
      pair.faultsPercent = 10;
      pair.shard().awaitAcknowledged();
      assertThat(ReplicatedPair.content(pair.secondaryStore()))
          .isEqualTo(ReplicatedPair.content(pair.primaryStore()));
      assertThat(NamespaceChecker.check(Map.of(ReplicatedPair.SHARD, pair.primaryStore()), ROOT))
          .isEmpty();
      assertThat(pair.shard().locks().count()).isZero();
      compare();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void theTreeIsTheModelsOnBothMembersWhateverFails(long seed) throws Exception {
    Run run = new Run(seed);
    for (int i = 0; i < CHANGES; i++) {
      run.change();
      if (i % 50 == 49) {
        run.check();
      }
    }
    run.check();
    assertThat(run.failovers).isGreaterThan(5);
  }
}
