package org.skep.metadata.chunk;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
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
/// batch, synced, then the chunks are cut, on their disks, then the record goes; all that with the
/// inode locked, so that nobody who asks the shard afterwards can write something that a late cut
/// takes away. So a truncation happens wholly or not at all, whichever host loses its power:
/// nothing is cut that the shard could forget, and nothing comes back.
///
/// | a target | then |
/// | --- | --- |
/// | can't be reached, or the server dies | it is finished in the background, still with the inode locked |
/// | refuses several times (its disk fails) | *stalled*: the caller hears the errno, the inode is unlocked; tried again in the background |
///
/// As long as a truncation is stalled the file can be read, but what would make it longer is
/// refused with EIO: what was to be cut away would show, or a late cut would take away what was
/// written. Any thread may call it.
public final class Truncations {
  private static final Logger LOG = LoggerFactory.getLogger(Truncations.class);

  /// A disk that fails so often in a row is broken.
  private static final int ATTEMPTS_MAX = 3;

  private static final long STALLED_LOCK_NANOS = 100_000_000L;

  private final Shard shard;
  private final Chunks chunks;
  private final ReentrantLock lock = new ReentrantLock();
  // By inode, in the order in which they are tried. Guarded by lock.
  private final Map<Long, Pending> pending = new LinkedHashMap<>();

  /// @param held the inode's lock; null if it is stalled
  private record Pending(long inode, TruncationRecord record, InodeLocks.@Nullable Held held) {}

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
  ///   background); or what the target said, then the size is changed all the same
  public Draft cut(InodeLocks.Held held, Draft draft, long inode, InodeRecord before, long size)
      throws RefusedException, DiskException, InterruptedException {
    int compared = Long.compareUnsigned(size, before.getSize());
    if (compared > 0) {
      checkGrowth(inode, size);
    }
    if (before.getData() == InodeRecord.Data.NONE || compared > 0) {
      return draft;
    }
    TruncationRecord record =
        TruncationRecord.newBuilder()
            .setLayout(before.getLayout())
            .setSize(size)
            // What is behind the end already was never there for anybody.
            .setDurable(compared < 0 || find(inode) != null)
            .build();
    draft.batch().put(Table.TRUNCATIONS, Keys.of(inode), record.toByteArray());
    shard.apply(draft, record.getDurable());
    boolean tried = false;
    Failure failure = null;
    try {
      failure = tryToCut(inode, record);
      tried = true;
    } finally {
      if (!tried || isToRepeat(failure)) {
        add(new Pending(inode, record, held.handOver()));
      }
    }
    if (failure != null) {
      if (!isToRepeat(failure)) {
        stall(inode, record, failure);
      }
      throw new RefusedException(failure);
    }
    take(inode);
    return finished(inode);
  }

  private @Nullable Failure tryToCut(long inode, TruncationRecord record)
      throws InterruptedException {
    Failure failure = null;
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      failure =
          chunks.truncate(
              record.getLayout(),
              inode,
              record.getSize(),
              shard.incarnation(),
              record.getDurable());
      if (failure == null || isToRepeat(failure)) {
        return failure;
      }
    }
    return failure;
  }

  private static boolean isToRepeat(@Nullable Failure failure) {
    return failure != null && failure.kind() != FailureMessage.Kind.ERRNO;
  }

  private void stall(long inode, TruncationRecord record, Failure failure) {
    LOG.warn(
        "truncation stalled, trying on inode={} size={} reason={}",
        Ids.text(inode),
        record.getSize(),
        failure.detail());
    add(new Pending(inode, record, null));
  }

  /// To be asked, with the inode locked, before a file gets longer.
  ///
  /// @throws RefusedException EIO if a truncation of it is stalled
  public void checkGrowth(long inode, long size) throws RefusedException {
    lock.lock();
    try {
      Pending stalled = pending.get(inode);
      if (stalled != null && Long.compareUnsigned(size, stalled.record.getSize()) > 0) {
        throw new RefusedException(
            Errno.EIO,
            "inode " + Ids.text(inode) + " was truncated, which a storage target has not done yet");
      }
    } finally {
      lock.unlock();
    }
  }

  private Draft finished(long inode) {
    Draft draft = shard.draft();
    draft.batch().delete(Table.TRUNCATIONS, Keys.of(inode));
    return draft;
  }

  private void add(Pending truncation) {
    lock.lock();
    try {
      pending.remove(truncation.inode);
      pending.put(truncation.inode, truncation);
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
    for (Pending next : list()) {
      all &= next.held == null ? finishStalled(next.inode) : finishLocked(next, next.held);
    }
    return all;
  }

  /// Nobody else takes it from the map as long as the inode is locked for it.
  private boolean finishLocked(Pending next, InodeLocks.Held held)
      throws DiskException, InterruptedException {
    Failure failure = finish(next);
    if (isToRepeat(failure)) {
      return false;
    }
    if (failure != null) {
      stall(next.inode, next.record, failure);
    }
    held.close();
    return failure == null;
  }

  private boolean finishStalled(long inode) throws DiskException, InterruptedException {
    try (InodeLocks.Held held = shard.locks().tryLock(inode, true, STALLED_LOCK_NANOS)) {
      Pending next = find(inode);
      if (held == null || next == null) {
        return next == null;
      }
      if (finish(next) != null) {
        return false;
      }
      LOG.info("stalled truncation finished inode={}", Ids.text(inode));
      return true;
    }
  }

  /// Cuts, and forgets the truncation when that is done, or the file is gone. The inode is locked.
  private @Nullable Failure finish(Pending next) throws DiskException, InterruptedException {
    if (shard.records().exists(next.inode)) {
      Failure failure = tryToCut(next.inode, next.record);
      if (failure != null) {
        return failure;
      }
    }
    shard.apply(finished(next.inode), false);
    take(next.inode);
    return null;
  }

  private List<Pending> list() {
    lock.lock();
    try {
      return List.copyOf(pending.values());
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Pending find(long inode) {
    lock.lock();
    try {
      return pending.get(inode);
    } finally {
      lock.unlock();
    }
  }

  private void take(long inode) {
    lock.lock();
    try {
      pending.remove(inode);
    } finally {
      lock.unlock();
    }
  }
}
