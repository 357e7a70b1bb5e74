package org.skep.metadata.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.metadata.target.ScriptedManagement.A;
import static org.skep.metadata.target.ScriptedManagement.B;
import static org.skep.metadata.target.ScriptedManagement.SHARD;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cluster.Consistency;
import org.skep.cluster.Reachability;
import org.skep.linux.Errno;
import org.skep.metadata.state.Keys;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.Table;
import org.skep.metadata.target.ShardPair.Server;
import org.skep.mirror.GroupView.Role;
import org.skep.wire.Answer;
import org.skep.wire.Operations;
import org.skep.wire.message.Entry;
import org.skep.wire.message.LockMessage;
import org.skep.wire.message.OpenRequest;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.SetLockReply;
import org.skep.wire.message.SetLockRequest;
import org.skep.wire.message.ShardResyncStatsReply;
import org.skep.wire.message.StartShardResyncReply;
import org.skep.wire.message.StartShardResyncRequest;
import org.skep.wire.message.SyncMetadataRequest;
import org.skep.wire.message.TargetReport;

/// A shard on two metadata servers.
@Timeout(120)
class ShardGroupTest {
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

  @Test
  void aSecondaryIsAddedWhileFilesAreMade() throws Exception {
    Server a = pair.start("a");
    for (int i = 0; i < 200; i++) {
      long _ = pair.make("before" + i);
    }
    Server b = pair.start("b");
    AtomicBoolean enough = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<String> made = new ArrayList<>();
    Thread maker =
        Thread.ofPlatform()
            .start(() -> {
              try {
                for (int i = 0; !enough.get(); i++) {
                  long _ = pair.make("during" + i);
                  made.add("during" + i);
                }
              } catch (RuntimeException | AssertionError e) {
                failure.set(e);
              }
            });
    pair.management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    pair.awaitPair(a);
    enough.set(true);
    maker.join();
    assertThat(failure.get()).isNull();
    long _ = pair.make("after");
    pair.assertEqual();
    ShardResyncStatsReply stats = pair.stats();
    assertThat(stats.getState()).isEqualTo(ShardResyncStatsReply.State.COMPLETED);
    assertThat(stats.getByCopy()).isTrue();
    assertThat(stats.getSyncedFiles()).isGreaterThanOrEqualTo(200);
    assertThat(stats.getSyncedDirectories()).isPositive();

    a.kill();
    pair.management.decide(B, Consistency.NEEDS_RESYNC, Consistency.GOOD);
    pair.until(() -> b.target().member().view().role() == Role.PRIMARY_ALONE);
    assertThat(pair.find("before199")).isNotZero();
    assertThat(pair.find("after")).isNotZero();
    for (String name : made) {
      assertThat(pair.find(name)).as(name).isNotZero();
    }
  }

  @Test
  void aRepetitionAfterAFailoverGetsTheFirstAnswer() throws Exception {
    Server[] both = pair.startPair();
    long number = pair.nextSequence();
    Entry first = ShardPair.reply(pair.call(Operations.MAKE_NODE, ShardPair.file("once"), number));
    both[0].kill();
    pair.management.decide(B, Consistency.NEEDS_RESYNC, Consistency.GOOD);
    Entry second = ShardPair.reply(pair.call(Operations.MAKE_NODE, ShardPair.file("once"), number));
    assertThat(second).isEqualTo(first);
    Answer<Entry> another =
        pair.call(Operations.MAKE_NODE, ShardPair.file("once"), pair.nextSequence());
    assertThat(another)
        .isInstanceOfSatisfying(
            Answer.Refused.class,
            refused -> assertThat(refused.failure().errno()).isEqualTo(Errno.EEXIST.number()));
  }

  @Test
  void openingsAndLocksGoOver() throws Exception {
    Server[] both = pair.startPair();
    long inode = pair.make("locked");
    Object _ =
        pair.done(Operations.OPEN, OpenRequest.newBuilder().setInode(inode).setFlags(2).build());
    SetLockReply granted = pair.done(Operations.SET_LOCK, lock(inode, 1));
    assertThat(granted.getState()).isEqualTo(SetLockReply.State.GRANTED);
    both[0].kill();
    pair.management.decide(B, Consistency.NEEDS_RESYNC, Consistency.GOOD);
    Answer<SetLockReply> other =
        pair.call(Operations.SET_LOCK, lock(inode, 2), pair.nextSequence());
    assertThat(other)
        .isInstanceOfSatisfying(
            Answer.Refused.class,
            refused -> assertThat(refused.failure().errno()).isEqualTo(Errno.EAGAIN.number()));
    SetLockReply again = pair.done(Operations.SET_LOCK, lock(inode, 1));
    assertThat(again.getState()).isEqualTo(SetLockReply.State.GRANTED);
  }

  private static SetLockRequest lock(long inode, long owner) {
    return SetLockRequest.newBuilder()
        .setInode(inode)
        .setLock(
            LockMessage.newBuilder()
                .setType(LockMessage.Type.WRITE)
                .setOwner(owner)
                .setStart(0)
                .setEnd(99))
        .build();
  }

  @Test
  void whatAPrimaryCouldNotPassOnIsUndone() throws Exception {
    Server[] both = pair.startPair();
    long _ = pair.make("common");
    both[1].cut();
    AtomicReference<Answer<Entry>> answer = new AtomicReference<>();
    Thread client =
        Thread.ofPlatform()
            .start(() ->
                answer.set(
                    pair.call(Operations.MAKE_NODE, ShardPair.file("tail"), pair.nextSequence())));
    pair.until(() -> ShardPair.content(pair.stores.get("a")).toString().contains(hex("tail")));
    assertThat(answer.get()).isNull();
    both[1].kill();
    Server b = pair.start("b");
    pair.management.decide(B, Consistency.NEEDS_RESYNC, Consistency.GOOD);
    pair.awaitPair(b);
    client.join();
    // Undone, and then made at the other one.
    assertThat(ShardPair.reply(answer.get()).getInode()).isEqualTo(pair.find("tail"));
    pair.assertEqual();
    ShardResyncStatsReply stats = pair.stats();
    assertThat(stats.getByCopy()).isFalse();
    assertThat(stats.getPrimary()).isEqualTo(B);
    assertThat(stats.getSecondary()).isEqualTo(A);
  }

  private static String hex(String name) {
    return java.util.HexFormat.of()
        .formatHex(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  @Test
  void aSecondaryThatWasAwayGetsWhatItMissedFromTheLog() throws Exception {
    Server[] both = pair.startPair();
    for (int i = 0; i < 100; i++) {
      long _ = pair.make("before" + i);
    }
    both[1].kill();
    pair.management.reachabilityOfB(Reachability.OFFLINE);
    pair.management.publish();
    pair.management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    for (int i = 0; i < 50; i++) {
      long _ = pair.make("missed" + i);
    }
    pair.until(() -> pair.management.reports.stream().anyMatch(TargetReport::getBuddyMisses));
    Server _ = pair.start("b");
    pair.management.reachabilityOfB(Reachability.ONLINE);
    pair.management.publish();
    pair.awaitPair(both[0]);
    pair.assertEqual();
    ShardResyncStatsReply stats = pair.stats();
    assertThat(stats.getByCopy()).isFalse();
    assertThat(stats.getSyncedModifications()).isBetween(50L, 80L);
    assertThat(stats.getSyncedFiles()).isBetween(50L, 60L);
    assertThat(stats.getState()).isEqualTo(ShardResyncStatsReply.State.COMPLETED);
  }

  @Test
  void anAdministratorHasEverythingCompared() throws Exception {
    Server[] both = pair.startPair();
    for (int i = 0; i < 100; i++) {
      long _ = pair.make("file" + i);
    }
    // Damage that nobody knows of.
    org.skep.metadata.store.Batch damage = new org.skep.metadata.store.Batch();
    damage.delete(
        org.skep.metadata.store.Table.INODES, org.skep.metadata.state.Keys.of(pair.find("file42")));
    pair.stores.get("b").apply(damage, false);
    StartShardResyncReply started =
        pair.done(Operations.START_SHARD_RESYNC, StartShardResyncRequest.getDefaultInstance());
    assertThat(started.getAborted()).isFalse();
    pair.until(() -> pair.management.resynced.size() >= 2);
    pair.awaitPair(both[0]);
    pair.assertEqual();
    ShardResyncStatsReply stats = pair.stats();
    assertThat(stats.getByCopy()).isTrue();
    assertThat(stats.getDiscoveredFiles()).isGreaterThanOrEqualTo(100);
    long bytes =
        ShardPair.content(pair.stores.get("a")).entrySet().stream()
            .mapToLong(entry -> (entry.getKey().length() + entry.getValue().length()) / 2)
            .sum();
    assertThat(stats.getBytesCompared()).isBetween(bytes / 2, bytes);
    assertThat(stats.getBytesSent()).isBetween(1L, bytes / 2);
  }

  @Test
  void aSyncReachesBothDisks() throws Exception {
    Server[] _ = pair.startPair();
    long _ = pair.make("durable");
    Object _ =
        pair.done(
            Operations.SYNC_METADATA,
            SyncMetadataRequest.newBuilder().setInode(ShardPair.ROOT).build());
    assertThat(pair.stores.get("a").unsyncedCount()).isZero();
    assertThat(pair.stores.get("b").unsyncedCount()).isZero();
  }

  @Test
  void aHostThatWentDownMakesItsTargetUnsureAndACleanStopDoesNot() throws Exception {
    Server[] both = pair.startPair();
    both[0].stop();
    pair.management.decide(B, Consistency.NEEDS_RESYNC, Consistency.GOOD);
    pair.disks.get("a").crash();
    Server a = pair.start("a");
    assertThat(lastClaimUnsure()).isFalse();
    pair.awaitPair(both[1]);
    // A dead process notes nothing; so this one must have noted what it had to.
    pair.until(() -> a.target().member().view().role() == Role.SECONDARY);
    a.kill();
    pair.disks.get("a").crash();
    pair.management.decide(B, Consistency.NEEDS_RESYNC, Consistency.GOOD);
    Server _ = pair.start("a");
    assertThat(lastClaimUnsure()).isTrue();
    pair.awaitPair(both[1]);
    // What may lack something in the middle is compared.
    assertThat(pair.stats().getByCopy()).isTrue();
    pair.assertEqual();
  }

  private boolean lastClaimUnsure() {
    RegisterRequest last = null;
    for (RegisterRequest registration : pair.management.registrations) {
      last = registration;
    }
    return last != null && last.getTargets(0).getUnsure();
  }

  @Test
  void aPrimaryWhoseDiskFailsStepsOut() throws Exception {
    Server[] both = pair.startPair();
    long _ = pair.make("before");
    both[0].store.fail(Errno.EIO);
    AtomicReference<Answer<Entry>> answer = new AtomicReference<>();
    Thread client =
        Thread.ofPlatform()
            .start(() ->
                answer.set(
                    pair.call(
                        Operations.MAKE_NODE, ShardPair.file("during"), pair.nextSequence())));
    pair.until(() ->
        pair.management.reports.stream()
            .anyMatch(report -> report.getTargetId() == A && report.getStepsOut()));
    both[0].store.work();
    pair.management.decide(B, Consistency.NEEDS_RESYNC, Consistency.GOOD);
    client.join();
    assertThat(ShardPair.reply(answer.get()).getInode()).isEqualTo(pair.find("during"));
    pair.awaitPair(both[1]);
    pair.assertEqual();
  }

  @Test
  void aShardWithoutASecondaryKeepsNoLog() throws Exception {
    Server a = pair.start("a");
    long _ = pair.make("alone");
    assertThat(logged("a")).isZero();
    assertThat(pair.disks.get("a").exists(StoreLife.PATH)).isFalse();
    assertThat(pair.management.map().group(org.skep.cluster.NodeKind.METADATA, SHARD).isPair())
        .isFalse();
    // With one it does, and without it the next batch empties it again.
    Server _ = pair.start("b");
    pair.management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    pair.awaitPair(a);
    long _ = pair.make("two");
    assertThat(logged("a")).isPositive();
    assertThat(logged("b")).isPositive();
    pair.management.single();
    pair.until(() -> a.target().member().view().buddy() == null);
    pair.until(() -> {
      long _ = pair.make("alone" + pair.nextSequence());
      return logged("a") == 0;
    });
    assertThat(pair.disks.get("a").exists(StoreLife.PATH)).isFalse();
  }

  /// How many batches a member's log holds.
  private int logged(String name) {
    int count = 0;
    try (Cursor cursor = pair.stores.get(name).scan(Table.LOG, Keys.first(), Keys.end())) {
      while (cursor.next()) {
        count++;
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return count;
  }
}
