package org.skep.metadata.state;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// Gives out the inode ids of a shard, each only once: before ids of a block are used, its end is
/// written down, synced, and a restart begins behind it. Any thread may call it.
final class InodeCounter {
  private static final long BLOCK = 65_536;

  private final Shard shard;
  private final ReentrantLock lock = new ReentrantLock();
  // guarded by lock
  private long next;
  private long end;

  InodeCounter(Shard shard, byte @Nullable [] written) {
    this.shard = shard;
    this.end = written == null ? Ids.ROOT_COUNTER + 1 : Keys.number(written, 0);
    this.next = end;
  }

  /// @throws RefusedException ENOSPC when all 2^48 are used
  long next() throws DiskException, RefusedException {
    lock.lock();
    try {
      if (next == end) {
        if (end + BLOCK >= Ids.COUNTER_MAX) {
          throw new RefusedException(Errno.ENOSPC, "shard " + shard.id() + " is out of inode ids");
        }
        Batch batch = new Batch();
        batch.put(Table.META, Keys.COUNTER, Keys.of(end + BLOCK));
        shard.apply(batch, true);
        end += BLOCK;
      }
      return Ids.inode(shard.id(), next++);
    } finally {
      lock.unlock();
    }
  }

  /// The counter behind all that were given out.
  long givenOutEnd() {
    lock.lock();
    try {
      return next;
    } finally {
      lock.unlock();
    }
  }

  /// Whether the inode's counter was given out, in this life of the shard or an earlier one.
  boolean wasGivenOut(long inode) {
    lock.lock();
    try {
      return Long.compareUnsigned(Ids.counterOf(inode), next) < 0;
    } finally {
      lock.unlock();
    }
  }
}
