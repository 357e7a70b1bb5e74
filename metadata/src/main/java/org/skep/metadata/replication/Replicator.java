package org.skep.metadata.replication;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.state.Replication;
import org.skep.metadata.state.ShardEndedException;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.KeyValueStore;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Threads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a primary does with its batches for its secondary, in one life of its shard. Any thread may
/// call it.
///
/// | mode | log | sent | waited for |
/// | --- | --- | --- | --- |
/// | OFF: the group has no secondary | no | no | no |
/// | ALONE: the secondary misses changes, or is being copied to | yes | no | no |
/// | FOLLOWING: it catches up | yes | by [#pump] | no |
/// | REQUIRED: it has all, or is about to | yes | by who waits | yes |
///
/// Any mode may follow on any other at any moment, while batches are applied: [#off], [#alone],
/// [#follow], [#require]. An answer that belongs to an earlier mode does not count. Before the
/// shard is opened the mode is set, so that its first batch is logged.
///
/// In REQUIRED the first one who waits sends for all, one request with batches at a time; while it
/// is under way the others wait, and the next one takes all that has come together. What the
/// secondary lacks is read from the log; no answer, or a refusal, is followed by a pause and
/// another try until the mode changes. A sync has a request of its own beside that, so that changes
/// that need none don't wait for the secondary's disk.
public final class Replicator implements Replication {
  private static final Logger LOG = LoggerFactory.getLogger(Replicator.class);

  private static final long PAUSE_NANOS_MIN = 10_000_000L;
  private static final long PAUSE_NANOS_MAX = 500_000_000L;
  private static final long LONG_NANOS = 3_600_000_000_000L;
  private static final long UNKNOWN = -1;

  /// What is done with batches; see the class.
  public enum Mode {
    OFF,
    ALONE,
    FOLLOWING,
    REQUIRED
  }

  private final int shard;
  private final LogTable log;
  private final @Nullable Threads threads;
  private final ReplicationWatch watch;
  private final Clock clock;
  private final Gate gate;
  // both under the lock of who applies
  private LogTable.@Nullable Addition adding;
  private long addingPrevious;
  // changed with the gate locked
  private volatile Mode mode = Mode.OFF;
  private volatile boolean ended;

  // Written by who applies, before it looks at the mode.
  private volatile long latestApplied;
  // What the secondary has as far as it is known; volatile for a look without the gate.
  private volatile long acknowledged = UNKNOWN;
  // all below guarded by gate
  private @Nullable Secondary secondary;
  // Grows with each change of the mode.
  private long generation;
  private final BatchQueue queue;
  private long synced = UNKNOWN;
  private boolean sending;
  private boolean syncing;
  private long syncWanted = UNKNOWN;
  private boolean assisted;
  private boolean complained;
  private boolean diskTold;
  private long pauseNanos = PAUSE_NANOS_MIN;

  /// @param store whose table LOG is written and read
  /// @param threads for syncs of the secondary beside the own one; null: one after the other
  public Replicator(
      int shard,
      KeyValueStore store,
      Clock clock,
      @Nullable Threads threads,
      ReplicationWatch watch)
      throws DiskException {
    this.shard = shard;
    this.threads = threads;
    this.watch = watch;
    this.clock = clock;
    log = LogTable.open(store);
    queue = new BatchQueue(log.lastNumber());
    gate = new Gate(clock);
  }

  /// The group has no secondary.
  public void off() {
    change(Mode.OFF, null, UNKNOWN);
  }

  /// The secondary does not count: nobody waits, the log goes on.
  public void alone() {
    change(Mode.ALONE, null, UNKNOWN);
  }

  /// The secondary catches up by [#pump].
  ///
  /// @param last the number of its last batch, which it has in common with this store
  public void follow(Secondary follower, long last) {
    change(Mode.FOLLOWING, follower, last);
  }

  /// From now on all wait for the secondary that follows; those that wait already, too.
  ///
  /// @throws IllegalStateException if none follows: the mode was changed meanwhile
  public void require() {
    gate.lock();
    try {
      Secondary follower = secondary;
      if (mode != Mode.FOLLOWING || follower == null) {
        throw new IllegalStateException("shard " + shard + ": no secondary follows: " + mode);
      }
      change(Mode.REQUIRED, follower, acknowledged);
    } finally {
      gate.unlock();
    }
  }

  /// Both are in sync as far as the map says; what the secondary has, it will say. Also for a new
  /// process of the same secondary.
  public void require(Secondary of) {
    change(Mode.REQUIRED, of, UNKNOWN);
  }

  private void change(Mode to, @Nullable Secondary with, long last) {
    gate.lock();
    try {
      generation++;
      boolean off = mode == Mode.OFF;
      mode = to;
      if (off && latestApplied > queue.latest()) {
        // As long as there was no secondary nobody told the queue.
        queue.skip(latestApplied);
      }
      secondary = with;
      acknowledged = last;
      synced = UNKNOWN;
      complained = false;
      pauseNanos = PAUSE_NANOS_MIN;
      if (to != Mode.REQUIRED) {
        queue.drop();
      }
      if (last == UNKNOWN) {
        log.unpin();
      } else {
        log.pin(last);
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  public Mode mode() {
    return mode;
  }

  /// The number of the last batch that the secondary is known to have; -1 if it is not known.
  public long acknowledged() {
    return acknowledged;
  }

  /// The log; for a resync to read from and to pin.
  public LogTable log() {
    return log;
  }

  @Override
  public boolean isRequired() {
    return mode == Mode.REQUIRED;
  }

  @Override
  public void awaitRoom() throws DiskException {
    if (mode != Mode.REQUIRED) {
      return;
    }
    Waiting waiting = new Waiting();
    gate.lock();
    try {
      while (mode == Mode.REQUIRED && !queue.hasRoom()) {
        checkNotEnded();
        waiting.sendOrWait();
      }
    } finally {
      gate.unlock();
      waiting.restoreInterrupt();
    }
  }

  @Override
  public byte @Nullable [] log(Batch batch, long previous, long number) throws DiskException {
    adding = null;
    addingPrevious = previous;
    if (mode == Mode.OFF) {
      if (log.lastNumber() != 0) {
        adding = log.addition();
        adding.clear(batch);
      }
      return null;
    }
    byte[] encoded = BatchCodec.encode(batch);
    LogTable.Addition addition = log.addition();
    addition.add(batch, previous, number, encoded);
    adding = addition;
    return encoded;
  }

  @Override
  public void applied(long number, byte @Nullable [] encoded) {
    LogTable.Addition added = adding;
    latestApplied = number;
    if (added != null) {
      added.done();
    } else if (mode == Mode.OFF) {
      return;
    }
    gate.lock();
    try {
      if (mode == Mode.REQUIRED && encoded != null) {
        queue.add(addingPrevious, new LoggedBatch(number, encoded));
      } else {
        queue.skip(number);
      }
    } finally {
      gate.unlock();
    }
  }

  @Override
  public void diskFailed(DiskException reason) {
    gate.lock();
    try {
      if (diskTold) {
        return;
      }
      diskTold = true;
    } finally {
      gate.unlock();
    }
    watch.diskFails(reason);
  }

  @Override
  public void awaitAcknowledged(long number) throws DiskException {
    if (mode != Mode.REQUIRED || acknowledged >= number) {
      return;
    }
    Waiting waiting = new Waiting();
    gate.lock();
    try {
      while (mode == Mode.REQUIRED && acknowledged < number) {
        checkNotEnded();
        waiting.sendOrWait();
      }
    } finally {
      gate.unlock();
      waiting.restoreInterrupt();
    }
  }

  @Override
  public void beginSync(long number) {
    if (mode != Mode.REQUIRED || threads == null) {
      return;
    }
    gate.lock();
    try {
      syncWanted = Math.max(syncWanted, number);
      if (assisted) {
        gate.signalAll();
      } else {
        assisted = true;
        Thread _ = threads.start("replica-sync-" + shard, this::assist);
      }
    } finally {
      gate.unlock();
    }
  }

  /// Syncs the secondary for all who want it, until the shard ends.
  private void assist() {
    Waiting waiting = new Waiting();
    gate.lock();
    try {
      while (!ended) {
        if (mode == Mode.REQUIRED && synced < syncWanted && !complained) {
          waiting.syncOrWait(syncWanted);
        } else {
          waiting.await();
        }
      }
    } catch (DiskException e) {
      // Who waits finds it out by itself.
      LOG.error("replication shard={} reason={}", shard, e.getMessage());
      assisted = false;
    } finally {
      gate.unlock();
    }
  }

  @Override
  public void awaitSynced(long number) throws DiskException {
    if (mode != Mode.REQUIRED) {
      return;
    }
    Waiting waiting = new Waiting();
    gate.lock();
    try {
      while (mode == Mode.REQUIRED && synced < number) {
        checkNotEnded();
        waiting.syncOrWait(number);
      }
    } finally {
      gate.unlock();
      waiting.restoreInterrupt();
    }
  }

  /// Sends one request's worth of batches to a secondary that follows.
  ///
  /// @return whether there was anything to send
  /// @throws IOException if there was no answer or a refusal; try again later
  public boolean pump() throws IOException, InterruptedException {
    Waiting waiting = new Waiting();
    gate.lock();
    try {
      while (sending && !ended) {
        waiting.await();
      }
      checkNotEnded();
      if (secondary == null || acknowledged == queue.latest()) {
        return false;
      }
      IOException failure = waiting.sendOnce();
      if (failure != null) {
        throw failure;
      }
      return true;
    } finally {
      gate.unlock();
      waiting.restoreInterrupt();
    }
  }

  @Override
  public void end() {
    gate.lock();
    try {
      ended = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  private void checkNotEnded() throws ShardEndedException {
    if (ended) {
      throw new ShardEndedException(shard);
    }
  }

  /// One call that waits, on its thread. An interrupt does not end it (the end of the shard does),
  /// but is there again afterwards. All is called with the gate locked, and leaves it locked.
  private final class Waiting {
    private boolean interrupted;

    void restoreInterrupt() {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    void await() {
      long _ = await(LONG_NANOS);
    }

    private long await(long nanos) {
      long end = clock.nanoTime() + nanos;
      try {
        return gate.awaitNanos(nanos);
      } catch (InterruptedException e) {
        interrupted = true;
        return end - clock.nanoTime();
      }
    }

    void sendOrWait() throws DiskException {
      if (sending || complained) {
        await();
        return;
      }
      sending = true;
      try {
        recover(send(), this);
      } finally {
        sending = false;
        gate.signalAll();
      }
    }

    @Nullable IOException sendOnce() throws DiskException {
      sending = true;
      try {
        return send();
      } finally {
        sending = false;
        gate.signalAll();
      }
    }

    void syncOrWait(long wanted) throws DiskException {
      if (syncing || complained) {
        await();
        return;
      }
      syncing = true;
      try {
        if (acknowledged < wanted) {
          sendOrWait();
        } else {
          recover(sync(), this);
        }
      } finally {
        syncing = false;
        gate.signalAll();
      }
    }

    /// @return why it failed; null if it did not, or the mode was changed meanwhile
    private @Nullable IOException send() throws DiskException {
      long before = generation;
      Secondary to = sendTo();
      long from = acknowledged;
      long upTo = queue.latest();
      LogTable.Run run = from == UNKNOWN ? new LogTable.Run(0, List.of()) : queue.read(from);
      gate.unlock();
      Appended answer = null;
      IOException failure = null;
      try {
        if (run == null) {
          run = log.read(from, upTo, BatchQueue.APPEND_BATCHES_MAX, BatchQueue.APPEND_BYTES_MAX);
        }
        failure = gap(run, from);
        if (failure == null) {
          answer = to.append(run.previous(), run.batches(), false);
        }
      } catch (DiskException e) {
        diskFailed(e);
        throw e;
      } catch (IOException e) {
        failure = e;
      } catch (InterruptedException e) {
        interrupted = true;
        failure = new IOException("interrupted");
      } finally {
        gate.lock();
      }
      if (generation != before) {
        return null;
      }
      return answer == null ? failure : taken(answer, from);
    }

    /// @return why it failed; null if it did not, or the mode was changed meanwhile
    private @Nullable IOException sync() {
      long before = generation;
      Secondary to = sendTo();
      long has = acknowledged;
      gate.unlock();
      Appended answer = null;
      IOException failure = null;
      try {
        answer = to.append(has, List.of(), true);
      } catch (IOException e) {
        failure = e;
      } catch (InterruptedException e) {
        interrupted = true;
        failure = new IOException("interrupted");
      } finally {
        gate.lock();
      }
      if (generation != before || answer == null) {
        return generation != before ? null : failure;
      }
      if (answer.last() < has) {
        // It was started anew, without some of it.
        acknowledged = Math.min(acknowledged, answer.last());
      } else {
        synced = Math.max(synced, has);
      }
      return null;
    }
  }

  private Secondary sendTo() {
    if (secondary == null) {
      throw new IllegalStateException("mode " + mode + " without a secondary");
    }
    return secondary;
  }

  private static @Nullable IOException gap(LogTable.Run run, long from) {
    if (from == UNKNOWN || (!run.batches().isEmpty() && run.previous() == from)) {
      return null;
    }
    return new Secondary.LastingRefusal("the log does not go on behind batch " + from);
  }

  /// Takes over what the secondary said. Called with the gate locked.
  private @Nullable IOException taken(Appended answer, long from) {
    long last = answer.last();
    if (last > queue.latest() || last < 0) {
      return new Secondary.LastingRefusal(
          "the secondary has batch " + last + ", the primary only " + queue.latest());
    }
    acknowledged = last;
    log.pin(last);
    queue.removeUpTo(last);
    if (from != UNKNOWN && last == from) {
      return new IOException("the secondary does not take what follows on its batch " + last);
    }
    pauseNanos = PAUSE_NANOS_MIN;
    return null;
  }

  /// Called with the gate locked by the one who sends or syncs: lets time pass after a failure, or
  /// leaves it to the watch. The other sees it, or does the same.
  private void recover(@Nullable IOException failure, Waiting waiting) {
    if (failure == null) {
      return;
    }
    long before = generation;
    if (failure instanceof Secondary.LastingRefusal) {
      complained = true;
      String reason = String.valueOf(failure.getMessage());
      LOG.warn("secondary fails shard={} reason={}", shard, reason);
      gate.unlock();
      try {
        watch.secondaryFails(reason);
      } finally {
        gate.lock();
      }
      return;
    }
    LOG.debug("secondary not reached shard={} reason={}", shard, failure.getMessage());
    long rest = pauseNanos;
    pauseNanos = Math.min(2 * pauseNanos, PAUSE_NANOS_MAX);
    while (rest > 0 && generation == before && !ended) {
      rest = waiting.await(rest);
    }
  }
}
