package org.skep.metadata.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.linux.Errno;
import org.skep.metadata.twin.CrashedError;
import org.skep.metadata.twin.MemoryStore;
import org.skep.metadata.twin.NamespaceChecker;
import org.skep.metadata.twin.ShardCluster;
import org.skep.metadata.twin.TestClock;
import org.skep.metadata.twin.TreeClient;
import org.skep.metadata.twin.TreeModel;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.DirectoryEntry;
import org.skep.wire.message.Entry;
import org.skep.wire.message.FailureMessage;

/// Random changes of a tree over three shards, which die at any batch and come back.
class RandomTreeTest {
  private static final int CHANGES = 300;
  private static final int SHARDS = 3;
  private static final int TRIES = 50;

  /// One run, from a seed.
  private static final class Run {
    private final SplittableRandom random;
    private final TestClock clock = new TestClock();
    private final ShardCluster cluster;
    private final TreeClient client;
    private final TreeModel model = new TreeModel();
    private final List<TreeModel.Node> directories = new ArrayList<>();
    private final List<TreeModel.Node> files = new ArrayList<>();
    private final boolean losing;
    private int crashes;
    private int done;

    /// @param losing whether a crash loses what was not synced; then there is no model
    private Run(long seed, boolean losing) throws Exception {
      random = new SplittableRandom(seed);
      cluster = new ShardCluster(SHARDS, clock, seed);
      client = new TreeClient(cluster, 7);
      this.losing = losing;
      model.root.inode = ShardCluster.ROOT;
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
      TreeModel.Node other = directory();
      String name = name();
      String newName = name();
      switch (random.nextInt(8)) {
        case 0 -> make(parent, name, false);
        case 1, 2 -> make(parent, name, true);
        case 3 ->
            same(() -> client.unlink(parent.inode, name), () -> model.remove(parent, name, false));
        case 4 ->
            same(
                () -> client.removeDirectory(parent.inode, name),
                () -> model.remove(parent, name, true));
        case 5 -> {
          if (!files.isEmpty()) {
            TreeModel.Node file = files.get(random.nextInt(files.size()));
            same(
                () -> client.link(file.inode, parent.inode, name),
                () -> model.link(file, parent, name));
          }
        }
        default -> {
          int flags = Math.max(0, random.nextInt(5) - 2);
          same(
              () -> client.rename(parent.inode, name, other.inode, newName, flags),
              () -> model.rename(parent, name, other, newName, flags));
        }
      }
    }

    private void make(TreeModel.Node parent, String name, boolean directory) throws Exception {
      TreeModel.Node node = new TreeModel.Node(directory);
      int shard = 1 + random.nextInt(SHARDS);
      Answer<Entry> answer =
          same(
              () ->
                  directory
                      ? client.makeDirectory(parent.inode, name, shard)
                      : client.makeFile(parent.inode, name),
              () -> model.make(parent, name, node));
      if (answer instanceof Answer.Done<Entry>(Entry entry, int _, long _)) {
        node.inode = entry.getInode();
        (directory ? directories : files).add(node);
      }
    }

    /// Asks, with crashes, until there is an answer, and compares it with the model's.
    private <R> Answer<R> same(Supplier<Answer<R>> asks, Supplier<Set<Errno>> expects)
        throws Exception {
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
      if (!losing) {
        Set<Errno> errors = expects.get();
        if (answer instanceof Answer.Refused<R>(Failure failure)) {
          assertThat(failure.kind()).isEqualTo(FailureMessage.Kind.ERRNO);
          assertThat(errors).contains(Errno.of(failure.errno()));
        } else {
          assertThat(errors).isEqualTo(EnumSet.noneOf(Errno.class));
        }
      }
      done += answer instanceof Answer.Done ? 1 : 0;
      return answer;
    }

    private static boolean isRetry(Answer<?> answer) {
      return answer instanceof Answer.Refused<?>(Failure failure)
          && failure.kind() == FailureMessage.Kind.RETRY;
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
      if (!losing) {
        assertThat(tree()).isEqualTo(modelTree());
      }
    }

    private Map<String, String> modelTree() {
      Map<String, String> tree = new TreeMap<>();
      model
          .paths()
          .forEach((path, node) ->
              tree.put(path, Long.toHexString(node.inode) + " links " + node.links));
      return tree;
    }

    private Map<String, String> tree() {
      Map<String, String> tree = new TreeMap<>();
      Map<String, Long> todo = new TreeMap<>(Map.of("/", ShardCluster.ROOT));
      while (!todo.isEmpty()) {
        String path = todo.keySet().iterator().next();
        long inode = todo.remove(path);
        tree.put(path, describe(inode));
        for (DirectoryEntry entry : client.list(inode, 2)) {
          String below = path + entry.getName().toStringUtf8();
          if (entry.getType() == 4) {
            todo.put(below + "/", entry.getInode());
          } else {
            tree.put(below, describe(entry.getInode()));
          }
        }
      }
      return tree;
    }

    private String describe(long inode) {
      return Long.toHexString(inode) + " links " + client.attributes(inode).getLinks();
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
    assertThat(run.done).as("changes that succeeded").isGreaterThan(CHANGES / 10);
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
