package org.skep.metadata.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.skep.linux.Errno;
import org.skep.metadata.twin.NamespaceChecker;
import org.skep.metadata.twin.ShardCluster;
import org.skep.metadata.twin.TreeClient;
import org.skep.runtime.real.RealClock;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.Empty;
import org.skep.wire.message.FailureMessage;

/// Many clients change one tree at the same time, on real threads.
class ConcurrentTreeTest {
  private static final int SHARDS = 3;
  private static final int DIRECTORIES = 6;

  private final ShardCluster cluster = cluster();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

  private static ShardCluster cluster() {
    try {
      return new ShardCluster(SHARDS, new RealClock(), 1);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void together(List<Runnable> bodies) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (Runnable body : bodies) {
      Thread thread = new Thread(body);
      thread.setUncaughtExceptionHandler((dead, failure) -> failures.add(failure));
      threads.add(thread);
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
  }

  private void check() throws Exception {
    cluster.settle(() -> {});
    assertThat(NamespaceChecker.check(cluster.stores(), ShardCluster.ROOT)).isEmpty();
    assertThat(cluster.lockCount()).isZero();
  }

  @Test
  void oppositeRenamesNeverMakeACircle() throws Exception {
    TreeClient maker = new TreeClient(cluster, 1);
    long first = TreeClient.done(maker.makeDirectory(ShardCluster.ROOT, "a", 2)).getInode();
    long second = TreeClient.done(maker.makeDirectory(ShardCluster.ROOT, "b", 3)).getInode();
    TreeClient one = new TreeClient(cluster, 2);
    TreeClient two = new TreeClient(cluster, 3);
    for (int i = 0; i < 40; i++) {
      List<Answer<Empty>> answers = new ArrayList<>();
      together(List.of(() -> add(answers, one, "a", second), () -> add(answers, two, "b", first)));
      assertThat(answers.stream().filter(answer -> answer instanceof Answer.Done)).hasSize(1);
      check();
      // Back, for the next round.
      for (String name : List.of("a", "b")) {
        long from = name.equals("a") ? second : first;
        Answer<Empty> _ = maker.rename(from, "x", ShardCluster.ROOT, name, 1);
      }
      assertThat(TreeClient.done(maker.lookup(ShardCluster.ROOT, "a")).getInode()).isEqualTo(first);
      assertThat(TreeClient.done(maker.lookup(ShardCluster.ROOT, "b")).getInode())
          .isEqualTo(second);
    }
  }

  private static void add(List<Answer<Empty>> answers, TreeClient client, String name, long into) {
    Answer<Empty> answer = client.rename(ShardCluster.ROOT, name, into, "x", 0);
    synchronized (answers) {
      answers.add(answer);
    }
  }

  @Test
  void clientsThatChangeTheSameDirectoriesLeaveAWholeTree() throws Exception {
    TreeClient maker = new TreeClient(cluster, 1);
    List<Long> directories = new ArrayList<>(List.of(ShardCluster.ROOT));
    for (int i = 0; i < DIRECTORIES; i++) {
      directories.add(
          TreeClient.done(maker.makeDirectory(ShardCluster.ROOT, "d" + i, 1 + i % SHARDS))
              .getInode());
    }
    List<Runnable> bodies = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      long seed = i;
      bodies.add(() -> work(new TreeClient(cluster, 10 + seed), seed, directories));
    }
    together(bodies);
    check();
  }

  private static void work(TreeClient client, long seed, List<Long> directories) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 150; i++) {
      long parent = directories.get(random.nextInt(directories.size()));
      long other = directories.get(random.nextInt(directories.size()));
      String name = "d" + random.nextInt(DIRECTORIES + 2);
      String newName = "d" + random.nextInt(DIRECTORIES + 2);
      Answer<?> answer =
          switch (random.nextInt(7)) {
            case 0 -> client.makeFile(parent, name);
            case 1 -> client.makeDirectory(parent, name, 0);
            case 2 -> client.unlink(parent, name);
            case 3 -> client.removeDirectory(parent, name);
            case 4 -> client.rename(parent, name, other, newName, 2);
            default -> client.rename(parent, name, other, newName, 0);
          };
      if (answer instanceof Answer.Refused<?>(Failure failure)) {
        boolean expected =
            failure.kind() == FailureMessage.Kind.RETRY
                || (failure.kind() == FailureMessage.Kind.ERRNO
                    && failure.errno() != Errno.EIO.number());
        assertThat(expected).as("%s", failure).isTrue();
      }
    }
  }
}
