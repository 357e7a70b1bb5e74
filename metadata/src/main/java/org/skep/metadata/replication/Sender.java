package org.skep.metadata.replication;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.port.Gate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends to the secondary, on the thread of who waits for it: one request with batches at a time,
/// and beside it one sync. Who comes meanwhile waits; all that has come together goes with the next
/// request. All is called with the gate locked and leaves it locked; it is open while a request is
/// under way.
final class Sender {
  private static final Logger LOG = LoggerFactory.getLogger(Sender.class);

  private final int shard;
  private final ReplicationState state;
  private final ReplicationWatch watch;
  private final Gate gate;
  private final NumberWaits waits;
  private final Gate syncs;
  // guarded by gate
  private boolean sending;
  private boolean syncing;
  private boolean diskTold;

  Sender(int shard, ReplicationState state, ReplicationWatch watch) {
    this.shard = shard;
    this.state = state;
    this.watch = watch;
    gate = state.gate();
    waits = new NumberWaits(gate);
    syncs = gate.beside();
  }

  /// The mode is another one, or the shard has ended: all look again.
  void wakeAll() {
    gate.signalAll();
    syncs.signalAll();
    waits.wakeAll();
  }

  /// Sends what is queued, or waits for who does; the caller looks then whether that was enough.
  ///
  /// @param wanted the number that is waited for, or [NumberWaits#ANY]
  void sendOrWait(long wanted, Waiting waiting) throws DiskException {
    if (sending || state.complained()) {
      waits.await(wanted, waiting);
      return;
    }
    sending = true;
    try {
      recover(send(waiting), waiting);
    } finally {
      sent();
    }
  }

  /// Waits until nothing is under way, sends one request's worth of what follows on what the
  /// secondary has, and does not recover.
  ///
  /// @return whether there was anything to send
  /// @throws IOException if that failed
  boolean sendOnce(Waiting waiting) throws IOException {
    while (sending && !state.ended()) {
      waits.await(NumberWaits.ANY, waiting);
    }
    if (state.ended()
        || state.secondary() == null
        || state.acknowledged() == state.queue().latest()) {
      return false;
    }
    IOException failure;
    sending = true;
    try {
      failure = send(waiting);
    } finally {
      sent();
    }
    if (failure != null) {
      throw failure;
    }
    return true;
  }

  private void sent() {
    sending = false;
    waits.over(state.acknowledged());
  }

  /// Has the secondary make durable what it has, if that is enough; sends, if not; or waits for who
  /// does.
  void syncOrWait(long wanted, Waiting waiting) throws DiskException {
    if (syncing || state.complained()) {
      waiting.at(syncs);
      return;
    }
    syncing = true;
    try {
      if (state.acknowledged() < wanted) {
        sendOrWait(wanted, waiting);
      } else {
        recover(sync(waiting), waiting);
      }
    } finally {
      syncing = false;
      syncs.signalAll();
    }
  }

  /// @return why it failed; null if it did not, or the mode was changed meanwhile
  private @Nullable IOException send(Waiting waiting) throws DiskException {
    long before = state.generation();
    Secondary to = secondary();
    long from = state.acknowledged();
    long upTo = state.queue().latest();
    boolean asks = from == ReplicationState.UNKNOWN;
    LogTable.Run queued = asks ? new LogTable.Run(0, List.of()) : state.queue().read(from);
    gate.unlock();
    Appended answer = null;
    IOException failure = null;
    try {
      LogTable.Run run = queued == null ? logged(from, upTo) : queued;
      failure = asks ? null : gap(run, from);
      if (failure == null) {
        answer = to.append(run.previous(), run.batches(), false);
      }
    } catch (DiskException e) {
      diskFailed(e);
      throw e;
    } catch (IOException e) {
      failure = e;
    } catch (InterruptedException e) {
      waiting.interrupted();
      failure = new IOException("interrupted");
    } finally {
      gate.lock();
    }
    if (state.generation() != before) {
      return null;
    }
    return answer == null ? failure : taken(answer, from);
  }

  private LogTable.Run logged(long from, long upTo) throws DiskException {
    return state.log().read(from, upTo, BatchQueue.APPEND_BATCHES_MAX, BatchQueue.APPEND_BYTES_MAX);
  }

  private static @Nullable IOException gap(LogTable.Run run, long from) {
    if (!run.batches().isEmpty() && run.previous() == from) {
      return null;
    }
    return new Secondary.LastingRefusal("the log does not go on behind batch " + from);
  }

  /// Takes over what the secondary said.
  private @Nullable IOException taken(Appended answer, long from) {
    long last = answer.last();
    long latest = state.queue().latest();
    if (last > latest || last < 0) {
      return new Secondary.LastingRefusal(
          "the secondary has batch " + last + ", the primary only " + latest);
    }
    state.acknowledged(last);
    if (from != ReplicationState.UNKNOWN && last == from) {
      return new IOException("the secondary does not take what follows on its batch " + last);
    }
    state.progress();
    return null;
  }

  /// @return why it failed; null if it did not, or the mode was changed meanwhile
  private @Nullable IOException sync(Waiting waiting) {
    long before = state.generation();
    Secondary to = secondary();
    long has = state.acknowledged();
    gate.unlock();
    Appended answer = null;
    IOException failure = null;
    try {
      answer = to.append(has, List.of(), true);
    } catch (IOException e) {
      failure = e;
    } catch (InterruptedException e) {
      waiting.interrupted();
      failure = new IOException("interrupted");
    } finally {
      gate.lock();
    }
    if (state.generation() != before) {
      return null;
    }
    if (answer == null) {
      return failure;
    }
    if (answer.last() < has) {
      state.lost(answer.last());
    } else {
      state.synced(has);
    }
    return null;
  }

  private Secondary secondary() {
    Secondary to = state.secondary();
    if (to == null) {
      throw new IllegalStateException("mode " + state.mode() + " without a secondary");
    }
    return to;
  }

  /// Lets time pass after a failure, or leaves it to the watch. The other one who sends or syncs
  /// sees it, or does the same.
  private void recover(@Nullable IOException failure, Waiting waiting) {
    if (failure == null) {
      return;
    }
    if (failure instanceof Secondary.LastingRefusal) {
      state.complain();
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
    long before = state.generation();
    long rest = state.pauseNanos();
    while (rest > 0 && state.generation() == before && !state.ended()) {
      rest = waiting.at(gate, rest);
    }
  }

  /// The own disk failed; the watch hears of it once. Without the gate.
  void diskFailed(DiskException reason) {
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
}
