package org.skep.metadata.chunk;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.record.TruncationRecord;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.FailureMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Cuts the chunks of truncated files. The new size and a truncation record are applied in one
/// batch, then the chunks are cut, then the record goes; all that with the inode locked, so that
/// nobody who asks the shard afterwards can write something that a late cut takes away.
///
/// What can't be cut in time, or was interrupted by a crash, is finished in the background, still
/// with the inode locked. Any thread may call it.
public final class Truncations {
  private static final Logger LOG = LoggerFactory.getLogger(Truncations.class);

  private final Shard shard;
  private final Chunks chunks;
  private final ReentrantLock lock = new ReentrantLock();
  // guarded by lock
  private final Deque<Pending> pending = new ArrayDeque<>();

  private record Pending(long inode, TruncationRecord record, InodeLocks.Held held) {}

  public Truncations(Shard shard, Chunks chunks) {
    this.shard = shard;
    this.chunks = chunks;
  }

  /// Applies a draft that makes a file smaller, and cuts its chunks if it may have any.
  ///
  /// @param held has the inode's lock and nothing else; it is empty afterwards if RETRY is thrown
  /// @param before the inode as it was
  /// @return the draft for what is left to be done, and the reply: the given one if there was
  ///   nothing to cut
  /// @throws RefusedException RETRY if a target could not be reached (the truncation goes on in the
  ///   background); or what the target said
  public Draft cut(InodeLocks.Held held, Draft draft, long inode, InodeRecord before, long size)
      throws RefusedException, DiskException, InterruptedException {
    boolean smaller = Long.compareUnsigned(size, before.getSize()) <= 0;
    if (before.getData() == InodeRecord.Data.NONE || !smaller) {
      return draft;
    }
    TruncationRecord record =
        TruncationRecord.newBuilder().setLayout(before.getLayout()).setSize(size).build();
    draft.batch().put(Table.TRUNCATIONS, Keys.of(inode), record.toByteArray());
    shard.apply(draft, false);
    boolean tried = false;
    Failure failure = null;
    try {
      failure = chunks.truncate(record.getLayout(), inode, size, shard.incarnation());
      tried = true;
    } finally {
      if (!tried || isToRepeat(failure)) {
        add(new Pending(inode, record, held.handOver()));
      }
    }
    if (failure != null && !isToRepeat(failure)) {
      shard.apply(finished(inode), false);
    }
    if (failure != null) {
      throw new RefusedException(failure);
    }
    return finished(inode);
  }

  private static boolean isToRepeat(@Nullable Failure failure) {
    return failure != null && failure.kind() != FailureMessage.Kind.ERRNO;
  }

  private Draft finished(long inode) {
    Draft draft = shard.draft();
    draft.batch().delete(Table.TRUNCATIONS, Keys.of(inode));
    return draft;
  }

  private void add(Pending truncation) {
    lock.lock();
    try {
      pending.add(truncation);
    } finally {
      lock.unlock();
    }
  }

  /// Locks the inodes whose truncation a crash interrupted. Before requests are served.
  public void start() throws DiskException, InterruptedException {
    shard
        .records()
        .scan(
            Table.TRUNCATIONS,
            Keys.first(),
            Keys.end(),
            (key, value) -> {
              long inode = Keys.number(key, 0);
              InodeLocks.Held held = shard.locks().owner();
              if (!held.lockNow(inode)) {
                throw new IllegalStateException("inode " + Ids.text(inode) + " is locked at start");
              }
              add(new Pending(inode, Records.parse(value, TruncationRecord.parser()), held));
              return true;
            });
  }

  /// Tries to finish what is pending.
  ///
  /// @return whether nothing is left
  public boolean runOnce() throws DiskException, InterruptedException {
    boolean all = true;
    for (int rest = count(); rest > 0; rest--) {
      Pending next = take();
      if (next == null) {
        break;
      }
      boolean done = false;
      try {
        done = finish(next);
      } finally {
        if (!done) {
          add(next);
        }
      }
      all &= done;
    }
    return all;
  }

  private boolean finish(Pending next) throws DiskException, InterruptedException {
    Failure failure =
        chunks.truncate(
            next.record.getLayout(), next.inode, next.record.getSize(), shard.incarnation());
    if (isToRepeat(failure)) {
      return false;
    }
    if (failure != null) {
      LOG.warn("truncation failed inode={} reason={}", Ids.text(next.inode), failure.detail());
    }
    shard.apply(finished(next.inode), false);
    next.held.close();
    return true;
  }

  private int count() {
    lock.lock();
    try {
      return pending.size();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Pending take() {
    lock.lock();
    try {
      return pending.poll();
    } finally {
      lock.unlock();
    }
  }
}
