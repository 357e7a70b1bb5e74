package org.skep.metadata.replication;

import java.io.IOException;
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

  private static final long UNKNOWN = ReplicationState.UNKNOWN;

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
  private final Clock clock;
  private final Gate gate;
  private final ReplicationState state;
  private final Sender sender;

  /// Where the thread that syncs the secondary waits.
  private final Gate assistant;

  // both under the lock of who applies
  private LogTable.@Nullable Addition adding;
  private long addingPrevious;
  // all below guarded by gate
  private long syncWanted = UNKNOWN;
  private boolean assisted;

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
    this.clock = clock;
    log = LogTable.open(store);
    gate = new Gate(clock);
    assistant = gate.beside();
    state = new ReplicationState(gate, log);
    sender = new Sender(shard, state, watch);
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
      Secondary follower = state.secondary();
      if (mode() != Mode.FOLLOWING || follower == null) {
        throw new IllegalStateException("shard " + shard + ": no secondary follows: " + mode());
      }
      change(Mode.REQUIRED, follower, state.acknowledged());
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
      state.change(to, with, last);
      wakeAll();
    } finally {
      gate.unlock();
    }
  }

  private void wakeAll() {
    assistant.signalAll();
    sender.wakeAll();
  }

  public Mode mode() {
    return state.mode();
  }

  /// The number of the last batch that the secondary is known to have; -1 if it is not known.
  public long acknowledged() {
    return state.acknowledged();
  }

  /// The log; for a resync to read from and to pin.
  public LogTable log() {
    return log;
  }

  @Override
  public boolean isRequired() {
    return state.isRequired();
  }

  @Override
  public void awaitRoom() throws DiskException {
    if (!isRequired() || state.queue().hasRoom()) {
      return;
    }
    Waiting waiting = new Waiting(clock);
    gate.lock();
    try {
      while (isRequired() && !state.queue().hasRoom()) {
        checkNotEnded();
        sender.sendOrWait(NumberWaits.ANY, waiting);
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
    if (mode() == Mode.OFF) {
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
    state.latestApplied(number);
    if (added != null) {
      added.done();
    } else if (mode() == Mode.OFF) {
      return;
    }
    gate.lock();
    try {
      if (isRequired() && encoded != null) {
        state.queue().add(addingPrevious, new LoggedBatch(number, encoded));
      } else {
        state.queue().skip(number);
      }
    } finally {
      gate.unlock();
    }
  }

  @Override
  public void diskFailed(DiskException reason) {
    sender.diskFailed(reason);
  }

  @Override
  public void awaitAcknowledged(long number) throws DiskException {
    if (!isRequired() || acknowledged() >= number) {
      return;
    }
    Waiting waiting = new Waiting(clock);
    gate.lock();
    try {
      while (isRequired() && acknowledged() < number) {
        checkNotEnded();
        sender.sendOrWait(number, waiting);
      }
    } finally {
      gate.unlock();
      waiting.restoreInterrupt();
    }
  }

  @Override
  public void beginSync(long number) {
    if (!isRequired() || threads == null) {
      return;
    }
    gate.lock();
    try {
      syncWanted = Math.max(syncWanted, number);
      if (assisted) {
        assistant.signalAll();
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
    Waiting waiting = new Waiting(clock);
    gate.lock();
    try {
      while (!state.ended()) {
        if (isRequired() && state.synced() < syncWanted && !state.complained()) {
          sender.syncOrWait(syncWanted, waiting);
        } else {
          waiting.at(assistant);
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
    if (!isRequired()) {
      return;
    }
    Waiting waiting = new Waiting(clock);
    gate.lock();
    try {
      while (isRequired() && state.synced() < number) {
        checkNotEnded();
        sender.syncOrWait(number, waiting);
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
    Waiting waiting = new Waiting(clock);
    gate.lock();
    try {
      boolean sent = sender.sendOnce(waiting);
      if (!sent) {
        checkNotEnded();
      }
      return sent;
    } finally {
      gate.unlock();
      waiting.restoreInterrupt();
    }
  }

  @Override
  public void end() {
    gate.lock();
    try {
      state.end();
      wakeAll();
    } finally {
      gate.unlock();
    }
  }

  private void checkNotEnded() throws ShardEndedException {
    if (state.ended()) {
      throw new ShardEndedException(shard);
    }
  }
}
