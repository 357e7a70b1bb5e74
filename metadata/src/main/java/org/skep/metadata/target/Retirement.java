package org.skep.metadata.target;

import java.util.Set;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.port.Gate;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.RetireShardReply;

/// Whether a target's own shard is given up, so that nothing new is made in it, until the process
/// ends. Any thread may call it.
final class Retirement {
  private static final long WAIT_NANOS = 2_000_000_000L;
  private static final long COUNT_MAX = 1_000_000;

  /// What can make an inode or an intent in an empty shard; all else needs one that is there.
  private static final Set<Operation<?, ?>> MAKING =
      Set.of(
          Operations.PREPARE,
          Operations.MAKE_NODE,
          Operations.MAKE_DIRECTORY,
          Operations.CREATE,
          Operations.CREATE_UNNAMED,
          Operations.LINK,
          Operations.RENAME);

  private final Gate gate;
  // all guarded by gate
  private boolean retired;
  private int making;

  Retirement(Clock clock) {
    gate = new Gate(clock);
  }

  /// Begins a request; [#end] must follow.
  ///
  /// @throws RefusedException if the shard is given up: EAGAIN for a coordinator, which looks for
  ///   another place then, RETRY for others
  void begin(Operation<?, ?> operation) throws RefusedException {
    if (!MAKING.contains(operation)) {
      return;
    }
    gate.lock();
    try {
      if (retired) {
        throw operation.equals(Operations.PREPARE)
            ? new RefusedException(Errno.EAGAIN, "the shard is being given up")
            : new RefusedException(Failure.retry("the shard is being given up"));
      }
      making++;
    } finally {
      gate.unlock();
    }
  }

  void end(Operation<?, ?> operation) {
    if (!MAKING.contains(operation)) {
      return;
    }
    gate.lock();
    try {
      making--;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  void undo() {
    gate.lock();
    try {
      retired = false;
    } finally {
      gate.unlock();
    }
  }

  /// Gives the shard up, if it is empty.
  ///
  /// @throws RefusedException RETRY, if something is being made all the time
  RetireShardReply retire(Records records, boolean root)
      throws RefusedException, DiskException, InterruptedException {
    boolean before;
    gate.lock();
    try {
      before = retired;
      retired = true;
    } finally {
      gate.unlock();
    }
    boolean done = before;
    try {
      awaitMade();
      RetireShardReply content = look(records, root);
      done = content.getInodes() == 0 && content.getIntents() == 0 && !root;
      return content.toBuilder().setRetired(done).build();
    } finally {
      if (!done) {
        undo();
      }
    }
  }

  private void awaitMade() throws RefusedException, InterruptedException {
    gate.lock();
    try {
      long rest = WAIT_NANOS;
      while (making > 0 && rest > 0) {
        rest = gate.awaitNanos(rest);
      }
      if (making > 0) {
        throw new RefusedException(Failure.retry("something is being made in the shard"));
      }
    } finally {
      gate.unlock();
    }
  }

  /// What the shard holds.
  static RetireShardReply look(Records records, boolean root) throws DiskException {
    long[] counts = new long[2];
    records.scan(
        Table.INODES,
        Keys.first(),
        Keys.end(),
        (key, value) -> {
          if (Ids.counterOf(Keys.number(key, 0)) != Ids.COUNTER_MAX) {
            counts[0]++;
          }
          return counts[0] < COUNT_MAX;
        });
    records.scan(
        Table.INTENTS,
        Keys.first(),
        Keys.end(),
        (key, value) -> {
          counts[1]++;
          return counts[1] < COUNT_MAX;
        });
    return RetireShardReply.newBuilder()
        .setInodes(counts[0])
        .setIntents(counts[1])
        .setRoot(root)
        .build();
  }
}
