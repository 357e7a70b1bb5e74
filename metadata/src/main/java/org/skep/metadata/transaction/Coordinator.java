package org.skep.metadata.transaction;

import com.google.protobuf.MessageLite;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.Chance;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.route.MapSource;
import org.skep.wire.Failure;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.OutcomeReply;
import org.skep.wire.message.TransactionId;

/// Runs the changes of the tree whose entries are on this shard. Any thread may call it.
public final class Coordinator {

  /// How long a change is tried again when others are in its way, before the client is told to do
  /// so.
  private static final long CONFLICT_NANOS = 8_000_000_000L;

  private static final long PAUSE_NANOS_MIN = 1_000_000L;
  private static final long PAUSE_NANOS_MAX = 64_000_000L;

  private final Shard shard;
  private final Peers peers;
  private final MapSource maps;
  private final Chance chance;
  private final Reads reads;
  private final Decisions decisions;
  private final AtomicLong numbers = new AtomicLong();
  private final Set<TransactionKey> running = new ConcurrentSkipListSet<>();

  /// @param maps says which shard has the rename lock: the root shard
  public Coordinator(Shard shard, Peers peers, MapSource maps, Chance chance) {
    this.shard = shard;
    this.peers = peers;
    this.maps = maps;
    this.chance = chance;
    reads = new Reads(shard, peers);
    decisions = new Decisions(shard, peers);
  }

  /// Takes up the decisions of earlier lives. Before requests are served.
  public void start() throws DiskException {
    decisions.start();
  }

  /// Runs a change until it is done, refused, or its time is over.
  ///
  /// @throws RefusedException the change's failure, or RETRY
  public <R extends MessageLite> R run(TreeChange<R> change, Call call)
      throws RefusedException, DiskException, InterruptedException {
    long end = shard.clock().nanoTime() + CONFLICT_NANOS;
    long pause = PAUSE_NANOS_MIN;
    while (true) {
      shard.checkWorking();
      RefusedException conflict = null;
      try {
        R reply = attempt(change, call);
        if (reply != null) {
          return reply;
        }
      } catch (RefusedException e) {
        if (!isConflict(e.failure())) {
          throw e;
        }
        conflict = new RefusedException(Failure.retry(e.failure().detail()));
      }
      if (shard.clock().nanoTime() >= end) {
        throw conflict != null
            ? conflict
            : new RefusedException(Failure.retry("the tree changes all the time"));
      }
      // Two that met must not meet again.
      shard.clock().sleepNanos(pause / 2 + chance.nextInt((int) pause));
      pause = Math.min(2 * pause, PAUSE_NANOS_MAX);
    }
  }

  /// Whether others are in the way: EAGAIN is a participant's word for that.
  private static boolean isConflict(Failure failure) {
    return failure.kind() == FailureMessage.Kind.RETRY
        || (failure.kind() == FailureMessage.Kind.ERRNO
            && failure.errno() == Errno.EAGAIN.number());
  }

  /// @return null if what was scouted was out of date
  private <R extends MessageLite> @Nullable R attempt(TreeChange<R> change, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Scouting scouting = change.scout(reads);
    TransactionKey key =
        new TransactionKey(shard.id(), shard.incarnation(), numbers.incrementAndGet());
    running.add(key);
    boolean undecided = true;
    try (Transaction transaction = new Transaction(shard, peers, key)) {
      if (scouting.renameLock()) {
        transaction.lockRenames(maps.current().rootShard());
        change.checkTree(reads);
      }
      Plan<R> plan = change.decide(transaction.lock(scouting));
      if (plan == null) {
        return null;
      }
      transaction.prepare(plan);
      R reply = decide(transaction, plan, call);
      undecided = false;
      running.remove(key);
      transaction.releaseHere();
      if (transaction.isPrepared()) {
        decisions.decided(key, transaction.participants());
      }
      return reply;
    } finally {
      if (undecided) {
        running.remove(key);
      }
    }
  }

  /// The commit point: own changes, decision and reply in one batch.
  private <R extends MessageLite> R decide(Transaction transaction, Plan<R> plan, Call call)
      throws DiskException {
    transaction.decide(plan);
    R reply =
        plan.answering()
            .answer(transaction.draft(), transaction.newInode(), transaction.newAttributes());
    try {
      shard.apply(transaction.draft(), call, reply, transaction.isPrepared());
    } catch (DiskException e) {
      if (e.errno() != Errno.ENOSPC.number()) {
        // It may be on the disk: nobody must hear that it was aborted.
        transaction.leaveOpen();
      }
      throw e;
    }
    if (transaction.isPrepared()) {
      transaction.leaveOpen();
    }
    return reply;
  }

  /// What became of a transaction of this shard.
  ///
  /// @throws DiskException if the shard is broken, so that it is not known
  public OutcomeReply outcome(TransactionId id) throws RefusedException, DiskException {
    TransactionKey key = TransactionKey.of(id);
    if (key.coordinator() != shard.id()) {
      throw new RefusedException(Failure.malformed("transaction of another shard"));
    }
    // In this order: a decision is on the disk before the transaction stops running.
    OutcomeReply.Outcome outcome =
        running.contains(key)
            ? OutcomeReply.Outcome.RUNNING
            : decisions.isDecided(key)
                ? OutcomeReply.Outcome.COMMITTED
                : OutcomeReply.Outcome.ABORTED;
    shard.checkWorking();
    return OutcomeReply.newBuilder().setOutcome(outcome).build();
  }

  /// Tells participants of decisions that they have not answered yet.
  ///
  /// @return whether nothing is left to be told
  public boolean deliver() throws DiskException, InterruptedException {
    return decisions.runOnce();
  }
}
