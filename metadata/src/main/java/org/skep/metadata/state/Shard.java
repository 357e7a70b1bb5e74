package org.skep.metadata.state;

import com.google.protobuf.MessageLite;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.PatternMessage;
import org.skep.wire.message.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The state of one shard on one metadata target. [#apply] is the only place that changes it. Any
/// thread may call it; who reads several values that must fit together, or changes them, holds the
/// [#locks] of the inodes concerned.
public final class Shard {
  private static final Logger LOG = LoggerFactory.getLogger(Shard.class);
  private static final long FORMAT = 1;
  private static final long AFTER_THE_LATEST = -1;

  /// How long an operation waits for an inode's lock before the client is told to try again.
  public static final long LOCK_WAIT_NANOS = 2_000_000_000L;

  private final int id;
  private final KeyValueStore store;
  private final Clock clock;
  private final Records records;
  private final InodeLocks locks;
  private final Replies replies;
  private final InodeCounter counter;
  private final LogSync log;
  private final long incarnation;

  /// Orders batches; taken after inode locks.
  private final ReentrantLock applying = new ReentrantLock();

  private final BatchLives lives;
  private final Replication replication;
  private final LatestChanges changes = new LatestChanges();
  private final long firstBatch;
  // changed with applying held
  private volatile long batchNumber;
  // The number that is being applied; else that of the latest batch.
  private volatile long reached;
  private volatile @Nullable DiskException broken;
  private volatile boolean ended;

  /// A shard without a secondary; see the other constructor.
  public Shard(int id, KeyValueStore store, Clock clock) throws DiskException {
    this(id, store, clock, Replication.NONE, 0);
  }

  /// Begins a life of the shard, whose first batch is on the own disk then. Nothing must leave
  /// before [#awaitStarted].
  ///
  /// @param id of the shard (the metadata group)
  /// @param store of the target; belongs to the caller, who closes it after the last operation
  /// @param replication gets all batches from the first one of this life on
  /// @param origin tells this life from one that another member, or this one, began with the same
  ///   number: the target's id and something drawn
  /// @throws DiskException EINVAL if the store is another shard's or of another format
  public Shard(int id, KeyValueStore store, Clock clock, Replication replication, int origin)
      throws DiskException {
    Ids.check("shard", id);
    this.id = id;
    this.store = store;
    this.clock = clock;
    this.replication = replication;
    records = new Records(store);
    locks = new InodeLocks(clock);
    checkFormat();
    long found = number(Keys.BATCH_NUMBER);
    lives = BatchLives.begin(store.get(Table.META, Keys.LIVES), found, origin);
    batchNumber = lives.base();
    reached = batchNumber;
    firstBatch = batchNumber + 1;
    log = new LogSync(store, batchNumber);
    replies = new Replies(records);
    counter = new InodeCounter(this, store.get(Table.META, Keys.COUNTER));
    incarnation = number(Keys.STARTS) + 1;
    Batch start = new Batch();
    start.put(Table.META, Keys.FORMAT, Keys.of(FORMAT, id));
    start.put(Table.META, Keys.STARTS, Keys.of(incarnation));
    start.put(Table.META, Keys.LIVES, lives.bytes());
    forgetCopy();
    syncHere(apply(start, found));
  }

  /// An administrator has declared good what was in the middle of a copy. The mark is this store's
  /// own: never in a batch that others get.
  private void forgetCopy() throws DiskException {
    if (store.get(Table.META, Keys.COPYING) != null) {
      LOG.warn("shard served in the middle of a copy shard={}", id);
      Batch batch = new Batch();
      batch.delete(Table.META, Keys.COPYING);
      store.apply(batch, false);
    }
  }

  private void checkFormat() throws DiskException {
    byte[] format = store.get(Table.META, Keys.FORMAT);
    if (format != null && (Keys.number(format, 0) != FORMAT || Keys.number(format, 8) != id)) {
      throw new DiskException(
          Errno.EINVAL.number(),
          "the store is of format %d and shard %d, not of format %d and shard %d"
              .formatted(Keys.number(format, 0), Keys.number(format, 8), FORMAT, id));
    }
  }

  private long number(byte[] key) throws DiskException {
    byte[] value = store.get(Table.META, key);
    return value == null ? 0 : Keys.number(value, 0);
  }

  public int id() {
    return id;
  }

  public Clock clock() {
    return clock;
  }

  public Records records() {
    return records;
  }

  /// For who reads all of it. Only [#apply] changes it.
  public KeyValueStore store() {
    return store;
  }

  public InodeLocks locks() {
    return locks;
  }

  public Replies replies() {
    return replies;
  }

  /// How often this store was started; different in each life of the shard.
  public long incarnation() {
    return incarnation;
  }

  public Time now() {
    return Times.now(clock);
  }

  /// A new inode id, never given out before.
  public long newInode() throws DiskException, RefusedException {
    return counter.next();
  }

  /// Whether one of this shard's inode ids was given out by [#newInode] ever.
  public boolean wasGivenOut(long inode) {
    return counter.wasGivenOut(inode);
  }

  /// The counter behind all inode ids that were given out.
  public long inodesEnd() {
    return counter.givenOutEnd();
  }

  /// Whether the inode id is one of this shard's.
  public boolean owns(long inode) {
    return Ids.shardOf(inode) == id && Ids.counterOf(inode) != 0;
  }

  public Draft draft() {
    return new Draft(records);
  }

  /// Applies a batch as the next one, and numbers it. The secondary has it when
  /// [#awaitAcknowledged] has returned, not before.
  ///
  /// @param sync return only when it is on the disk, the secondary's as well
  /// @throws ShardEndedException once it has ended: nothing was changed, or with `sync`, it is not
  ///   known whether the change lives on
  /// @throws DiskException ENOSPC: nothing was changed. EIO: the shard is broken then and refuses
  ///   everything until it is started anew, as it is not known what the disk holds.
  public void apply(Batch batch, boolean sync) throws DiskException {
    replication.awaitRoom();
    long number = apply(batch, AFTER_THE_LATEST);
    if (sync) {
      sync(number);
    }
  }

  /// @param previous the number of the batch before it
  private long apply(Batch batch, long previous) throws DiskException {
    applying.lock();
    try {
      checkWorking();
      long number = batchNumber + 1;
      try {
        byte[] logged =
            replication.log(batch, previous == AFTER_THE_LATEST ? batchNumber : previous, number);
        if (logged != null) {
          changes.note(batch, number);
        }
        batch.put(Table.META, Keys.BATCH_NUMBER, Keys.of(number));
        reached = number;
        store.apply(batch, false);
        // Before the number is known: who waits for it has to find it there.
        replication.applied(number, logged);
        batchNumber = number;
      } catch (DiskException e) {
        throw failed(e);
      } finally {
        reached = batchNumber;
      }
      log.applied(number);
      return number;
    } finally {
      applying.unlock();
    }
  }

  /// Applies a draft together with the reply of the call that asked for it.
  public void apply(Draft draft, Call call, MessageLite reply, boolean sync) throws DiskException {
    Batch batch = draft.finish();
    replies.keep(batch, call, reply);
    apply(batch, sync);
    replies.kept(call);
  }

  /// Applies a draft that answers nobody.
  public void apply(Draft draft, boolean sync) throws DiskException {
    apply(draft.finish(), sync);
  }

  /// Makes durable all that was applied.
  ///
  /// @return the number of the last batch that is durable for certain
  public long sync() throws DiskException {
    checkWorking();
    long number = seen();
    sync(number);
    return number;
  }

  /// The number of the last batch that a read before this call may have seen: a batch is seen a
  /// moment before it counts.
  private long seen() {
    long now = reached;
    return now == batchNumber ? now : settled();
  }

  /// The number of the last batch, with none on its way.
  private long settled() {
    applying.lock();
    try {
      return batchNumber;
    } finally {
      applying.unlock();
    }
  }

  /// The number of the latest batch: a change that was answered before is in it or in an earlier
  /// one.
  public long latestBatch() {
    return batchNumber;
  }

  /// Whether the batch of that number, which an answer has carried once, may be missing, because
  /// the host lost it before it was synced.
  public boolean isLost(long number) {
    return lives.isLost(number, batchNumber);
  }

  /// How many batches are behind that number, which a secondary has.
  public long countBehind(long number) {
    return lives.countBehind(number, batchNumber);
  }

  /// The last batch that another store has in common with this one; 0 if there is none.
  public long common(BatchLives others, long othersLast) {
    return lives.common(batchNumber, others, othersLast);
  }

  /// Returns when the secondary has that batch and all before it, or need not have them: who has
  /// waited for [#latestBatch] may let others see what it has seen.
  ///
  /// @throws ShardEndedException once it has ended
  /// @throws DiskException if the log can't be read
  public void awaitAcknowledged(long number) throws DiskException {
    replication.awaitAcknowledged(number);
    checkNotEnded();
  }

  /// As [#awaitAcknowledged] for all that was applied until now: before something outside is done
  /// that depends on what was read here.
  public void awaitAcknowledged() throws DiskException {
    awaitAcknowledged(isPair() ? seen() : batchNumber);
  }

  /// As [#awaitAcknowledged] for all that was applied until now to these inodes, and in earlier
  /// lives: for an answer that says nothing of anything else.
  public void awaitAcknowledgedOf(long... inodes) throws DiskException {
    if (!isPair()) {
      awaitAcknowledged(batchNumber);
      return;
    }
    long latest = changes.of(inodes);
    awaitAcknowledged(
        Math.max(firstBatch, latest <= batchNumber ? latest : Math.min(latest, settled())));
  }

  /// Waits for the acknowledgement of the first batch of this life: before it nothing must leave
  /// that carries its [#incarnation].
  public void awaitStarted() throws DiskException {
    awaitAcknowledged(firstBatch);
  }

  /// This life of the shard is over: nothing is changed any more and nothing is answered; who waits
  /// hears [ShardEndedException]. Does not block: a batch may still be on its way into the store,
  /// for which [#awaitQuiet] waits.
  public void end() {
    ended = true;
    replication.end();
  }

  /// Returns when nothing is on its way into the store any more; after [#end].
  public void awaitQuiet() {
    applying.lock();
    try {
      checkEnded();
    } finally {
      applying.unlock();
    }
  }

  /// Whether the disk failed in this life.
  public boolean isBroken() {
    return broken != null;
  }

  /// Whether another member can take over, as it has all that was acknowledged.
  public boolean isPair() {
    return replication.isRequired();
  }

  private void sync(long number) throws DiskException {
    replication.beginSync(number);
    syncHere(number);
    replication.awaitSynced(number);
    checkNotEnded();
  }

  private void syncHere(long number) throws DiskException {
    try {
      log.await(number);
    } catch (DiskException e) {
      // After a failed sync the disk may have lost what the store believes to be there.
      throw broken(e);
    }
  }

  private DiskException failed(DiskException e) {
    return e.errno() == Errno.ENOSPC.number() ? e : broken(e);
  }

  private DiskException broken(DiskException e) {
    if (broken == null) {
      broken = e;
      LOG.error("metadata target broken shard={} reason={}", id, e.getMessage());
      replication.diskFailed(e);
    }
    return e;
  }

  private void checkEnded() {
    if (!ended) {
      throw new IllegalStateException("shard " + id + " has not ended");
    }
  }

  private void checkNotEnded() throws ShardEndedException {
    if (ended) {
      throw new ShardEndedException(id);
    }
  }

  /// @throws ShardEndedException once it has ended
  /// @throws DiskException if the shard is broken
  public void checkWorking() throws DiskException {
    checkNotEnded();
    DiskException reason = broken;
    if (reason != null) {
      throw reason;
    }
  }

  /// The lock of one inode; to be closed.
  ///
  /// @throws RefusedException RETRY, if it can't be had in time
  public InodeLocks.Held lock(long inode, boolean exclusive)
      throws RefusedException, InterruptedException {
    InodeLocks.Held held = locks.tryLock(inode, exclusive, LOCK_WAIT_NANOS);
    if (held == null) {
      throw busy(inode);
    }
    return held;
  }

  /// The locks of two inodes, which may be the same; to be closed.
  public InodeLocks.Held lockBoth(long first, long second)
      throws RefusedException, InterruptedException {
    boolean ordered = Long.compareUnsigned(first, second) < 0;
    InodeLocks.Held held = lock(ordered ? first : second, true);
    boolean both = false;
    try {
      both = held.lock(ordered ? second : first, true, LOCK_WAIT_NANOS);
    } finally {
      if (!both) {
        held.close();
      }
    }
    if (!both) {
      throw busy(ordered ? second : first);
    }
    return held;
  }

  public static RefusedException busy(long inode) {
    return new RefusedException(Failure.retry("inode " + Ids.text(inode) + " is busy"));
  }

  /// Makes the root directory if there is none yet: mode 0755, owned by root. Synced.
  public void makeRoot(PatternMessage pattern) throws DiskException {
    long root = Ids.inode(id, Ids.ROOT_COUNTER);
    if (records.exists(root)) {
      return;
    }
    Time now = now();
    Draft draft = draft();
    draft.put(
        root,
        InodeRecord.newBuilder()
            .setMode(FileType.DIRECTORY | 0755)
            .setLinks(2)
            .setParent(root)
            .setAtime(now)
            .setMtime(now)
            .setCtime(now)
            .setBtime(now)
            .setPattern(pattern)
            .build());
    apply(draft, true);
    LOG.info("root directory made shard={}", id);
  }
}
