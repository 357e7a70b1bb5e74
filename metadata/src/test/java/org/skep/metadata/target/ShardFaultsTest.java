package org.skep.metadata.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.metadata.target.ScriptedManagement.A;
import static org.skep.metadata.target.ScriptedManagement.B;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cluster.Consistency;
import org.skep.linux.Errno;
import org.skep.metadata.store.Table;
import org.skep.metadata.target.ShardPair.Meanwhile;
import org.skep.metadata.target.ShardPair.Server;
import org.skep.wire.Answer;
import org.skep.wire.Operations;
import org.skep.wire.message.Entry;
import org.skep.wire.message.ShardResyncStatsReply;
import org.skep.wire.message.ShardResyncStatsReply.State;
import org.skep.wire.message.StartShardResyncReply;
import org.skep.wire.message.StartShardResyncRequest;
import org.skep.wire.message.SyncMetadataReply;
import org.skep.wire.message.SyncMetadataRequest;
import org.skep.wire.message.TargetReport;

/// A secondary whose disk fails or is full, and resyncs that are ended.
@Timeout(120)
class ShardFaultsTest {
  @TempDir private Path directory;
  private ShardPair pair;

  @BeforeEach
  void prepare() throws IOException {
    pair = new ShardPair(directory);
  }

  @AfterEach
  void stopAll() {
    pair.close();
  }

  private Meanwhile<Entry> making(String name) {
    return ShardPair.meanwhile(
        () -> pair.call(Operations.MAKE_NODE, ShardPair.file(name), pair.nextSequence()));
  }

  private void awaitReport(int target, Predicate<TargetReport> what) {
    pair.until(() ->
        pair.management.reports.stream()
            .anyMatch(report -> report.getTargetId() == target && what.test(report)));
  }

  /// What the first run that is seen to have failed says of itself: a moment later the next one
  /// runs.
  private ShardResyncStatsReply failed() {
    AtomicReference<ShardResyncStatsReply> last = new AtomicReference<>(pair.stats());
    pair.until(() -> {
      last.set(pair.stats());
      return last.get().getState() == State.FAILED
          && !last.get().getReason().contains("is on its way to another epoch");
    });
    return last.get();
  }

  @Test
  void aSecondaryWhoseDiskFailsStepsOutAndIsCompared() throws Exception {
    Server[] both = pair.startPair();
    long _ = pair.make("before");
    both[1].store.fail(Errno.EIO);
    Meanwhile<Entry> during = making("during");
    awaitReport(B, TargetReport::getStepsOut);
    awaitReport(A, report -> report.getBuddyUnreachableEpoch() != 0);
    assertThat(during.isOver()).as("answered, though only one has it").isFalse();

    pair.management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    assertThat(during.reply().getInode()).isEqualTo(pair.find("during"));
    assertThat(failed().getDiscoveryErrors()).isEqualTo(1);
    both[1].store.work();
    pair.awaitPair(both[0]);
    assertThat(pair.stats().getByCopy()).isTrue();
    assertThat(pair.stats().getDiscoveryErrors()).isZero();
    pair.assertEqual();
    long _ = pair.make("after");
    pair.assertEqual();
  }

  @Test
  void aDiskThatFailsInTheMiddleOfACopyIsCountedAndAllIsDoneAgain() throws Exception {
    Server a = pair.start("a");
    for (int i = 0; i < 50; i++) {
      long _ = pair.make("file" + i);
    }
    Server b = pair.start("b");
    b.store.fail(Errno.EIO, Table.INODES);
    pair.management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    ShardResyncStatsReply stats = failed();
    assertThat(stats.getByCopy()).isTrue();
    assertThat(stats.getFileErrors()).isEqualTo(50);
    assertThat(stats.getDirectoryErrors()).isPositive();
    assertThat(stats.getDiscoveryErrors()).isZero();
    assertThat(stats.getModificationErrors()).isZero();
    assertThat(stats.getSessionError()).isFalse();
    assertThat(stats.getSyncedFiles()).isZero();
    assertThat(stats.getReason()).contains("the disk fails");
    b.store.work();
    pair.awaitPair(a);
    assertThat(pair.stats().getFileErrors()).isZero();
    assertThat(pair.stats().getSyncedFiles()).isEqualTo(50);
    // It takes part at once.
    long _ = pair.make("after");
    pair.assertEqual();
    assertThat(pair.management.resynced).hasSize(1);
  }

  @Test
  void aSecondaryWhoseDiskIsFullIsLeftBehindAndGetsWhatItMissesWhenThereIsRoom() throws Exception {
    Server[] both = pair.startPair();
    long _ = pair.make("before");
    both[1].store.fail(Errno.ENOSPC);
    Meanwhile<Entry> during = making("during");
    awaitReport(A, report -> report.getBuddyUnreachableEpoch() != 0);
    assertThat(during.isOver()).as("answered, though only one has it").isFalse();

    pair.management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    assertThat(during.reply().getInode()).isEqualTo(pair.find("during"));
    ShardResyncStatsReply stats = failed();
    assertThat(stats.getByCopy()).isFalse();
    assertThat(stats.getModificationErrors()).as(stats.getReason()).isPositive();
    assertThat(stats.getDiscoveryErrors()).isZero();
    both[1].store.work();
    pair.awaitPair(both[0]);
    assertThat(pair.stats().getByCopy()).as("nothing was lost, so nothing is compared").isFalse();
    assertThat(pair.stats().getModificationErrors()).isZero();
    pair.assertEqual();
  }

  @Test
  void aSyncThatFailsAtTheSecondaryMakesItUnsureWhateverTheReason() throws Exception {
    Server[] both = pair.startPair();
    long _ = pair.make("durable");
    both[1].store.failSyncs(Errno.ENOSPC);
    Meanwhile<SyncMetadataReply> sync =
        ShardPair.meanwhile(() ->
            pair.call(
                Operations.SYNC_METADATA,
                SyncMetadataRequest.newBuilder().setInode(ShardPair.ROOT).build(),
                pair.nextSequence()));
    awaitReport(B, TargetReport::getStepsOut);
    assertThat(sync.isOver()).as("answered, though only one disk has it").isFalse();
    pair.management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    Object _ = sync.reply();
    both[1].store.work();
    pair.awaitPair(both[0]);
    // What was to be synced may be lost, whatever the secondary believes to have.
    assertThat(pair.stats().getByCopy()).isTrue();
    pair.assertEqual();
  }

  private Answer<StartShardResyncReply> order(boolean restart) {
    return pair.call(
        Operations.START_SHARD_RESYNC,
        StartShardResyncRequest.newBuilder().setRestart(restart).build(),
        0);
  }

  @Test
  void aResyncThatRunsIsStartedAnewOnlyIfThatIsWanted() throws Exception {
    Server a = pair.start("a");
    for (int i = 0; i < 50; i++) {
      long _ = pair.make("file" + i);
    }
    Server b = pair.start("b");
    b.store.hold(Table.INODES);
    pair.management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    pair.until(() -> b.store.held() == 1);
    assertThat(pair.stats().getState()).isEqualTo(State.RUNNING);
    assertThat(order(false))
        .isInstanceOfSatisfying(
            Answer.Refused.class,
            refused -> assertThat(refused.failure().errno()).isEqualTo(Errno.EBUSY.number()));

    ResyncJobOrder restart = new ResyncJobOrder(a);
    pair.until(restart::waitsForTheRunToEnd);
    b.store.release();
    assertThat(restart.aborted()).isTrue();
    pair.awaitPair(a);
    assertThat(pair.stats().getState()).isEqualTo(State.COMPLETED);
    assertThat(pair.stats().getByCopy()).isTrue();
    pair.assertEqual();
    // Where none runs there is nothing to be ended.
    assertThat(ShardPair.reply(order(true)).getAborted()).isFalse();
    pair.until(() -> pair.management.resynced.size() == 2);
    pair.awaitPair(a);
    pair.assertEqual();
  }

  /// `--restart` at the primary, on a thread of its own.
  private static final class ResyncJobOrder {
    private final Thread thread;
    private volatile org.skep.metadata.resync.ResyncJob.Ordered ordered;

    ResyncJobOrder(Server primary) {
      thread =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  ordered = primary.target().resync().order(true);
                } catch (IOException | InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
    }

    /// The only thing for which it waits with a limit.
    boolean waitsForTheRunToEnd() {
      return thread.getState() == Thread.State.TIMED_WAITING;
    }

    boolean aborted() throws InterruptedException {
      thread.join();
      assertThat(ordered.failure()).isNull();
      return ordered.aborted();
    }
  }
}
