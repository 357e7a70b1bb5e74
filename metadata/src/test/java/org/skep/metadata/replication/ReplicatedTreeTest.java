package org.skep.metadata.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.cluster.Ids;
import org.skep.cluster.Layout;
import org.skep.cluster.StripePattern;
import org.skep.linux.Errno;
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
import org.skep.wire.message.Entry;
import org.skep.wire.message.FailureMessage;

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

  private static final class Run {
    private final SplittableRandom random;
    private final Door door;
    private final ReplicatedPair pair;
    private final TreeClient client;
    private final TreeModel model = new TreeModel();
    private final List<TreeModel.Node> directories = new ArrayList<>();
    private final List<TreeModel.Node> files = new ArrayList<>();
    private int failovers;

    private Run(long seed) throws Exception {
      random = new SplittableRandom(seed);
      door = new Door(seed);
      pair = door.pair;
      pair.faultsPercent = 10;
      pair.shard().makeRoot(MapCodec.message(StripePattern.DEFAULT));
      client = new TreeClient(door, 7);
      model.root.inode = ROOT;
      model.root.links = 2;
      directories.add(model.root);
    }

    private TreeModel.Node directory() {
      return directories.get(random.nextInt(directories.size()));
    }

    private String name() {
      return String.valueOf((char) ('a' + random.nextInt(4)));
    }

    private void change() throws Exception {
      TreeModel.Node parent = directory();
      String name = name();
      switch (random.nextInt(8)) {
        case 0, 1 -> make(parent, name, true);
        case 2, 3 -> make(parent, name, false);
        case 4 ->
            same(() -> client.unlink(parent.inode, name), () -> model.remove(parent, name, false));
        case 5 ->
            same(
                () -> client.removeDirectory(parent.inode, name),
                () -> model.remove(parent, name, true));
        default -> {
          // A rename between directories asks the root shard of the map for its lock.
          String newName = name();
          int flags = Math.max(0, random.nextInt(5) - 2);
          same(
              () -> client.rename(parent.inode, name, parent.inode, newName, flags),
              () -> model.rename(parent, name, parent, newName, flags));
        }
      }
    }

    private void make(TreeModel.Node parent, String name, boolean directory) throws Exception {
      TreeModel.Node node = new TreeModel.Node(directory);
      Answer<Entry> answer =
          same(
              () ->
                  directory
                      ? client.makeDirectory(parent.inode, name, 0)
                      : client.makeFile(parent.inode, name),
              () -> model.make(parent, name, node));
      if (answer instanceof Answer.Done<Entry>(Entry entry, int _, long _)) {
        node.inode = entry.getInode();
        (directory ? directories : files).add(node);
      }
    }

    private <R> Answer<R> same(Supplier<Answer<R>> asks, Supplier<Set<Errno>> expects)
        throws Exception {
      fault();
      Answer<R> answer = asks.get();
      for (int i = 0; isRetry(answer) || random.nextInt(20) == 0; i++) {
        // Also an answer that the client has not heard.
        assertThat(i).as("tries: %s", answer).isLessThan(TRIES);
        recover();
        client.again();
        answer = asks.get();
      }
      Set<Errno> errors = expects.get();
      if (answer instanceof Answer.Refused<R>(Failure failure)) {
        assertThat(failure.kind()).as("%s", failure).isEqualTo(FailureMessage.Kind.ERRNO);
        assertThat(errors).contains(Errno.of(failure.errno()));
      } else {
        assertThat(errors).isEqualTo(EnumSet.noneOf(Errno.class));
      }
      return answer;
    }

    private static boolean isRetry(Answer<?> answer) {
      return answer instanceof Answer.Refused<?>(Failure failure)
          && failure.kind() == FailureMessage.Kind.RETRY;
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
      assertThat(tree()).isEqualTo(modelTree());
    }

    private Map<String, Long> modelTree() {
      Map<String, Long> tree = new TreeMap<>();
      model.paths().forEach((path, node) -> tree.put(path, node.inode));
      return tree;
    }

    private Map<String, Long> tree() {
      Map<String, Long> tree = new TreeMap<>();
      Map<String, Long> todo = new TreeMap<>(Map.of("/", ROOT));
      while (!todo.isEmpty()) {
        String path = todo.keySet().iterator().next();
        long inode = todo.remove(path);
        tree.put(path, inode);
        client
            .list(inode, 2)
            .forEach(entry -> {
              String below = path + entry.getName().toStringUtf8();
              if (entry.getType() == 4) {
                todo.put(below + "/", entry.getInode());
              } else {
                tree.put(below, entry.getInode());
              }
            });
      }
      return tree;
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
