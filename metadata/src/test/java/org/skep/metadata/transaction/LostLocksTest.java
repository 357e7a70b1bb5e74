package org.skep.metadata.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.twin.NamespaceChecker;
import org.skep.metadata.twin.ShardCluster;
import org.skep.metadata.twin.TestClock;
import org.skep.metadata.twin.TreeClient;
import org.skep.wire.Answer;
import org.skep.wire.message.Empty;
import org.skep.wire.message.LockInodesRequest;

/// A shard that takes part in a change with two LOCK_INODES, the rename lock first, and loses what
/// the first one locked by a restart between the two: nobody may go on as if it were locked.
class LostLocksTest {
  private static final long RENAME_LOCK = Ids.inode(1, Ids.COUNTER_MAX);

  private final TestClock clock = new TestClock();
  private final ShardCluster cluster = new ShardCluster(2, clock, 5);
  private final TreeClient client = new TreeClient(cluster, 7);
  private final long one = directory("one");
  private final long other = directory("other");
  private int renameLocks;
  private boolean restarted;

  LostLocksTest() throws Exception {}

  /// In the root directory, on the other shard, which coordinates what is moved into it.
  private long directory(String name) {
    return TreeClient.done(client.makeDirectory(ShardCluster.ROOT, name, 2)).getInode();
  }

  /// Shard 1 restarts, once, when a rename has its lock and is about to lock the root directory.
  private void restartBetween(MessageLite request, int shard, Runnable then) {
    if (shard != 1 || !(request instanceof LockInodesRequest lock)) {
      return;
    }
    if (lock.getInodesList().contains(RENAME_LOCK)) {
      renameLocks++;
    } else if (!restarted) {
      restarted = true;
      try {
        cluster.restart(1, 0);
      } catch (Exception e) {
        throw new AssertionError(e);
      }
      then.run();
    }
  }

  private void checkTree() throws Exception {
    cluster.settle(() -> clock.advance(4_000_000_000L));
    assertThat(NamespaceChecker.check(cluster.stores(), ShardCluster.ROOT)).isEmpty();
    assertThat(cluster.lockCount()).isZero();
  }

  @Test
  void theRenameLockIsTakenAgain() throws Exception {
    cluster.onTheWay((request, shard) -> restartBetween(request, shard, () -> {}));
    TreeClient.done(client.rename(ShardCluster.ROOT, "one", other, "one", 0));
    assertThat(restarted).isTrue();
    assertThat(renameLocks).isEqualTo(2);
    assertThat(TreeClient.done(client.lookup(other, "one")).getInode()).isEqualTo(one);
    checkTree();
  }

  @Test
  void twoDirectoriesAreNotMovedIntoEachOther() throws Exception {
    TreeClient second = new TreeClient(cluster, 8);
    Runnable meanwhile =
        () -> TreeClient.done(second.rename(ShardCluster.ROOT, "other", one, "other", 0));
    cluster.onTheWay((request, shard) -> restartBetween(request, shard, meanwhile));
    Answer<Empty> answer = client.rename(ShardCluster.ROOT, "one", other, "one", 0);
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    assertThat(((Answer.Refused<Empty>) answer).failure().errno()).isEqualTo(Errno.EINVAL.number());
    checkTree();
  }
}
