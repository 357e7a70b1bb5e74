package org.skep.storage.resync;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cluster.Consistency;
import org.skep.cluster.Reachability;
import org.skep.linux.Errno;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.wire.Answer;
import org.skep.wire.message.ResyncStatsReply;
import org.skep.wire.message.ResyncStatsReply.State;
import org.skep.wire.message.StartResyncReply;
import org.skep.wire.message.StartResyncRequest;

/// Two storage services, of which one misses changes and gets them when it returns.
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ResyncTest {
  private static final int MIB = 1 << 20;

  @TempDir private Path directory;
  private PairWorld world;

  @BeforeEach
  void start() throws Exception {
    world = new PairWorld(directory, 0);
  }

  @AfterEach
  void stop() {
    world.close();
  }

  private static byte[] bytes(long seed, int count) {
    byte[] bytes = new byte[count];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  private void fill() {
    for (int chunk = 1; chunk <= 8; chunk++) {
      for (int part = 0; part < 2; part++) {
        world.write(chunk, (long) part * MIB, bytes(chunk * 10 + part, MIB));
      }
    }
  }

  @Test
  void whatChangedMeanwhileIsBroughtBack() throws Exception {
    fill();
    world.secondLeaves();
    world.write(1, 5000, bytes(1, 4096));
    world.write(2, 2 * MIB + 77, bytes(2, 100_000));
    world.truncate(3, 1_234_567);
    world.truncate(4, 10);
    world.write(4, 3 * MIB, bytes(3, 10));
    world.punch(5, 64 << 10, MIB);
    world.remove(6);
    world.remove(7);
    world.write(7, 100, bytes(4, 100));
    world.write(9, 40L * MIB, bytes(5, 300_000));
    world.truncate(8, 0);
    world.secondReturns();
    world.awaitGood();
    world.assertEqual();
    // The map says so a moment before the primary has heard of it.
    world.await(() -> world.stats().getState() == State.COMPLETED);
    ResyncStatsReply stats = world.stats();
    assertThat(stats.getSyncedFiles()).isEqualTo(9);
    assertThat(stats.getDiscoveredFiles()).isEqualTo(9);
    assertThat(stats.getFileErrors()).isZero();
    assertThat(stats.getBytesToGo()).isZero();
    assertThat(stats.getBytesSent()).isLessThan(700_000);
    assertThat(stats.getGroupId()).isEqualTo(PairCluster.GROUP);
    assertThat(stats.getPrimary()).isEqualTo(PairCluster.FIRST);
    assertThat(stats.getSecondary()).isEqualTo(PairCluster.SECOND);
    assertThat(world.allocatedBytes(1, 9)).isLessThan(MIB);
    assertThat(world.allocatedBytes(1, 5)).isLessThanOrEqualTo(MIB + (64 << 10));
  }

  @Test
  void manySmallChangesSendLittle() throws Exception {
    fill();
    world.secondLeaves();
    SplittableRandom random = new SplittableRandom(1);
    for (int change = 0; change < 200; change++) {
      world.write(1 + random.nextInt(8), random.nextInt(2 * MIB - 4096), bytes(change, 4096));
    }
    world.secondReturns();
    world.awaitGood();
    world.assertEqual();
    assertThat(world.stats().getBytesSent()).isLessThanOrEqualTo(200 * 4096);
  }

  @Test
  void withoutTheLogEverythingIsComparedAndWhatDiffersIsCopied() throws Exception {
    fill();
    world.write(20, 0, bytes(20, 100));
    world.secondLeaves();
    world.write(1, 5000, bytes(1, 4096));
    world.remove(20);
    // Nobody has noted that.
    world.disks[1].flip("mirrored/00/00/0001000000000002-0", MIB + 7);
    world.disks[1].delete("mirrored/00/00/0001000000000003-0");
    for (String log : world.disks[1].list("mirror")) {
      world.disks[1].delete("mirror/" + log);
    }
    world.secondReturns();
    world.awaitGood();
    world.assertEqual();
    ResyncStatsReply stats = world.stats();
    assertThat(stats.getDiscoveredFiles()).isEqualTo(9);
    assertThat(stats.getDiscoveredDirectories()).isEqualTo(1);
    assertThat(stats.getBytesCompared()).isEqualTo(16L * MIB);
    assertThat(stats.getBytesSent()).isBetween(2L * MIB + 65_536, 2L * MIB + 3 * 65_536);
  }

  @Test
  void aChangeDuringTheResyncReachesBoth() throws Exception {
    fill();
    world.secondLeaves();
    SplittableRandom random = new SplittableRandom(1);
    for (int change = 0; change < 100; change++) {
      world.write(1 + random.nextInt(8), random.nextInt(MIB), bytes(change, 20_000));
    }
    Thread writer =
        world
            .ports
            .threads()
            .start(
                "writer",
                () -> {
                  SplittableRandom own = new SplittableRandom(7);
                  while (world.cluster.resynced.get() == 0) {
                    int chunk = 1 + own.nextInt(8);
                    switch (own.nextInt(8)) {
                      case 0 -> world.truncate(chunk, own.nextInt(2 * MIB));
                      case 1 -> world.punch(chunk, own.nextInt(2 * MIB), own.nextInt(MIB));
                      case 2 -> world.remove(chunk);
                      default ->
                          world.write(chunk, own.nextInt(2 * MIB), bytes(own.nextLong(), 30_000));
                    }
                  }
                });
    world.secondReturns();
    world.awaitGood();
    writer.join();
    world.assertEqual();
  }

  @Test
  void aResyncThatIsInterruptedAtAnyStepGoesOn() throws Exception {
    fill();
    for (int step = 1; step <= 7; step += 2) {
      world.secondLeaves();
      for (int chunk = 1; chunk <= 8; chunk++) {
        world.write(chunk, 1000L * step, bytes(step * 100L + chunk, 200_000));
      }
      world.truncate(2, 900_000);
      AtomicInteger left = new AtomicInteger(step);
      AtomicInteger reached = new AtomicInteger();
      world.disks[1].setHook((call, path) -> {
        if (path.startsWith("mirrored/")
            && (call.equals("write") || call.equals("truncate"))
            && left.decrementAndGet() <= 0) {
          reached.set(1);
          throw new DiskException(Errno.EIO.number(), call + " " + path);
        }
      });
      world.secondReturns();
      world.await(() -> reached.get() == 1);
      world.stop(1);
      world.cluster.set(PairCluster.SECOND, Reachability.OFFLINE, Consistency.NEEDS_RESYNC);
      world.disks[1].setHook((call, path) -> {});
      world.write(1, 0, bytes(step, 10));
      world.secondReturns();
      world.awaitGood();
      world.assertEqual();
    }
  }

  @Test
  void aPrimaryThatIsRestartedDuringTheResyncGoesOn() throws Exception {
    fill();
    for (int step = 1; step <= 7; step += 3) {
      world.secondLeaves();
      for (int chunk = 1; chunk <= 8; chunk++) {
        world.write(chunk, 1000L * step, bytes(step * 100L + chunk, 200_000));
      }
      AtomicInteger left = new AtomicInteger(step);
      AtomicInteger reached = new AtomicInteger();
      world.disks[1].setHook((call, path) -> {
        if (path.startsWith("mirrored/") && call.equals("write") && left.decrementAndGet() == 0) {
          reached.set(1);
        }
      });
      world.secondReturns();
      world.await(() -> reached.get() == 1);
      world.stop(0);
      world.start(0);
      world.awaitGood();
      world.assertEqual();
    }
  }

  @Test
  void aFileThatFailsKeepsTheSecondaryFromBeingGood() throws Exception {
    fill();
    world.secondLeaves();
    world.write(1, 0, bytes(1, 100));
    world.write(2, 0, bytes(2, 100));
    AtomicInteger failing = new AtomicInteger(1);
    world.disks[1].setHook((call, path) -> {
      if (failing.get() == 1 && call.equals("write") && path.endsWith("0002-0")) {
        throw new DiskException(Errno.ENOSPC.number(), "write " + path);
      }
    });
    world.secondReturns();
    world.await(() -> world.stats().getState() == State.COMPLETED_WITH_ERRORS);
    ResyncStatsReply stats = world.stats();
    assertThat(stats.getFileErrors()).isEqualTo(1);
    assertThat(stats.getReason()).contains("0001000000000002-0");
    assertThat(world.cluster.resynced.get()).isZero();
    failing.set(0);
    world.awaitGood();
    world.assertEqual();
  }

  @Test
  void aRefusalOfManagementIsTriedAgain() throws Exception {
    fill();
    world.cluster.refusals.set(1);
    world.secondLeaves();
    world.write(1, 0, bytes(1, 100));
    world.secondReturns();
    world.awaitGood();
    world.write(1, 50, bytes(2, 100));
    world.assertEqual();
    assertThat(world.cluster.refusals.get()).isZero();
  }

  @Test
  void everythingIsCopiedIfAnAdministratorSaysSo() throws Exception {
    fill();
    world.disks[1].flip("mirrored/00/00/0001000000000002-0", MIB + 7);
    StartResyncRequest all = StartResyncRequest.newBuilder().setSince(true).build();
    assertThat(world.startResync(all))
        .isEqualTo(new Answer.Done<>(StartResyncReply.getDefaultInstance(), 0));
    world.await(() -> world.cluster.resynced.get() == 1);
    world.awaitGood();
    world.assertEqual();
    assertThat(world.stats().getBytesSent()).isEqualTo(16L * MIB);
  }

  @Test
  void whatChangedSinceATimeIsCopied() throws Exception {
    world.disks[0].setSeconds(() -> 1000);
    fill();
    world.disks[0].setSeconds(() -> 2000);
    world.write(3, 100, bytes(3, 100));
    StartResyncRequest since =
        StartResyncRequest.newBuilder().setSince(true).setSinceEpochSeconds(1500).build();
    world.startResync(since);
    world.await(() -> world.cluster.resynced.get() == 1);
    world.awaitGood();
    world.assertEqual();
    ResyncStatsReply stats = world.stats();
    assertThat(stats.getBytesSent()).isEqualTo(2L * MIB);
    assertThat(stats.getDiscoveredFiles()).isEqualTo(8);
    assertThat(stats.getFileCandidates()).isEqualTo(1);
  }

  @Test
  void aGoodSecondaryIsComparedIfAnAdministratorWantsAResync() throws Exception {
    fill();
    world.disks[1].flip("mirrored/00/00/0001000000000002-0", MIB + 7);
    world.startResync(StartResyncRequest.getDefaultInstance());
    world.await(() -> world.cluster.resynced.get() == 1);
    world.awaitGood();
    world.assertEqual();
    assertThat(world.stats().getBytesSent()).isEqualTo(65_536);
  }

  @Test
  void whatWasOrderedIsDoneThoughThePrimaryIsRestarted() throws Exception {
    fill();
    world.disks[1].flip("mirrored/00/00/0001000000000002-0", MIB + 7);
    AtomicInteger failing = new AtomicInteger(1);
    world.disks[1].setHook((call, path) -> {
      if (failing.get() == 1 && call.equals("write") && path.startsWith("mirrored/")) {
        throw new DiskException(Errno.ENOSPC.number(), "write " + path);
      }
    });
    world.startResync(StartResyncRequest.newBuilder().setSince(true).build());
    world.await(() -> world.stats().getState() == State.COMPLETED_WITH_ERRORS);
    assertThat(world.stats().getFileErrors()).isEqualTo(8);
    world.stop(0);
    failing.set(0);
    world.start(0);
    world.awaitGood();
    world.assertEqual();
    assertThat(world.stats().getBytesSent()).isEqualTo(16L * MIB);
    assertNothingIsOrdered();
  }

  @Test
  void aPlainWishTakesNothingBackFromAnOrderThatStands() throws Exception {
    fill();
    world.secondLeaves();
    world.startResync(StartResyncRequest.newBuilder().setSince(true).build());
    world.startResync(StartResyncRequest.getDefaultInstance());
    world.stop(0);
    world.start(0);
    world.secondReturns();
    world.awaitGood();
    assertThat(world.stats().getBytesSent()).isEqualTo(16L * MIB);
    assertNothingIsOrdered();
  }

  @Test
  void aDamagedOrderMeansThatEverythingIsCompared() throws Exception {
    fill();
    world.secondLeaves();
    world.disks[1].flip("mirrored/00/00/0001000000000002-0", MIB + 7);
    world.startResync(StartResyncRequest.newBuilder().setSince(true).build());
    world.stop(0);
    world.disks[0].flip(StandingOrder.PATH, 33);
    world.start(0);
    world.secondReturns();
    world.awaitGood();
    world.assertEqual();
    assertThat(world.stats().getBytesSent()).isEqualTo(65_536);
    assertNothingIsOrdered();
  }

  @Test
  void anOrderThatManagementRefusesIsTakenBack() throws Exception {
    fill();
    world.cluster.refusesDemand = true;
    Answer<StartResyncReply> answer =
        world.startResync(StartResyncRequest.newBuilder().setSince(true).build());
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    assertNothingIsOrdered();
    world.secondLeaves();
    world.write(1, 0, bytes(1, 100));
    world.secondReturns();
    world.awaitGood();
    assertThat(world.stats().getBytesSent()).isEqualTo(100);
  }

  private void assertNothingIsOrdered() throws Exception {
    // The run is over a little after the map says so.
    world.await(() -> world.stats().getState() != State.RUNNING);
    assertThat(world.disks[0].list("mirror")).containsExactly("activity", "changes");
  }

  @Test
  void theMembersOfAGroupThatIsMadeAgainAreCompared() throws Exception {
    fill();
    world.stop(1);
    world.stop(0);
    // Both logs say that both are equal.
    world.disks[1].flip("mirrored/00/00/0001000000000002-0", MIB + 7);
    world.disks[1].delete("mirrored/00/00/0001000000000003-0");
    world.disks[0].delete("mirrored/00/00/0001000000000004-0");
    world.cluster.remake();
    world.start(0);
    world.start(1);
    world.awaitGood();
    world.assertEqual();
    assertThat(world.disks[1].exists("mirrored/00/00/0001000000000004-0")).isFalse();
    world.write(1, 50, bytes(2, 100));
    world.assertEqual();
  }

  @Test
  void aDiskThatIsLostForEverIsReplacedByAnEmptyOne() throws Exception {
    fill();
    world.secondLeaves();
    world.write(1, 5000, bytes(1, 4096));
    world.disks[1] = new MemoryDisk("new");
    world.cluster.remake();
    world.secondReturns();
    world.awaitGood();
    world.assertEqual();
    assertThat(world.stats().getBytesSent()).isEqualTo(16L * MIB);
  }

  @Test
  void aSecondaryThatIsSlowToAdoptTheMapIsWaitedFor() throws Exception {
    fill();
    world.secondLeaves();
    world.write(1, 0, bytes(1, 100));
    CountDownLatch adopted = new CountDownLatch(1);
    world.disks[1].setHook((call, path) -> {
      if (call.equals("write") && path.startsWith("mirror/")) {
        try {
          adopted.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    });
    world.secondReturns();
    world.await(() -> world.stats().getState() == State.RUNNING);
    for (int look = 0; look < 20; look++) {
      world.ports.clock().sleepNanos(10_000_000L);
      assertThat(world.stats().getState()).isEqualTo(State.RUNNING);
    }
    adopted.countDown();
    world.awaitGood();
    world.assertEqual();
  }

  @Test
  void changesThatWereInterruptedOnBothAreMadeEqualAtTheStart() throws Exception {
    fill();
    // As if the primary had died when the second one had the change already.
    AtomicInteger failing = new AtomicInteger(1);
    world.disks[0].setHook((call, path) -> {
      if (failing.get() == 1 && call.equals("write") && path.endsWith("0002-0")) {
        throw new DiskException(Errno.EIO.number(), "write " + path);
      }
    });
    Thread writer =
        world.ports.threads().start("writer", () -> world.write(2, 5000, bytes(9, 5000)));
    world.await(() -> differs());
    world.stop(0);
    failing.set(0);
    world.start(0);
    writer.join();
    world.assertEqual();
  }

  private boolean differs() {
    try {
      world.assertEqual();
      return false;
    } catch (AssertionError | IOException e) {
      return true;
    }
  }
}
