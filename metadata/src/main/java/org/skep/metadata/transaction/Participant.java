package org.skep.metadata.transaction;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.metadata.record.IntentRecord;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.InodeAttributes;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.route.MapSource;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.Change;
import org.skep.wire.message.EntryKey;
import org.skep.wire.message.LockInodesReply;
import org.skep.wire.message.LockInodesRequest;
import org.skep.wire.message.NewDirectory;
import org.skep.wire.message.OutcomeReply;
import org.skep.wire.message.OutcomeRequest;
import org.skep.wire.message.PrepareReply;
import org.skep.wire.message.PrepareRequest;
import org.skep.wire.message.TransactionId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// This shard's part in transactions that another shard coordinates. Any thread may call it.
///
/// ```
/// LOCK_INODES -> locked (in memory) -> PREPARE -> prepared (intent on disk) -> COMMIT -> applied
///                    |                                |
///                    +------------ ABORT -------------+-> gone
/// ```
///
/// Locked or prepared for long without news, it asks the coordinator.
public final class Participant {
  private static final Logger LOG = LoggerFactory.getLogger(Participant.class);

  /// How long no news of a transaction is normal.
  private static final long INQUIRY_NANOS = 3_000_000_000L;

  private static final long INQUIRY_WAIT_NANOS = 3_000_000_000L;

  /// Shorter than a coordinator waits for the answer.
  private static final long LOCK_WAIT_NANOS = 1_500_000_000L;

  /// Bounds the memory that dead coordinators can make us use.
  private static final int PARTS_MAX = 10_000;

  /// A change touches at most two directories and two other inodes, and the rename lock.
  private static final int INODES_MAX = 16;

  private final Shard shard;
  private final Peers peers;
  private final MapSource maps;
  private final NavigableMap<TransactionKey, Part> parts = new ConcurrentSkipListMap<>();

  /// One transaction's part.
  private static final class Part {
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock
    private final InodeLocks.Held held;
    private @Nullable IntentRecord intent;
    private boolean ended;
    private volatile long newsNanos;

    private Part(InodeLocks.Held held, long now) {
      this.held = held;
      this.newsNanos = now;
    }
  }

  public Participant(Shard shard, Peers peers, MapSource maps) {
    this.shard = shard;
    this.peers = peers;
    this.maps = maps;
  }

  /// Locks the inodes of all intents again. Before requests are served.
  public void start() throws DiskException {
    shard
        .records()
        .scan(
            Table.INTENTS,
            Keys.first(),
            Keys.end(),
            (key, value) -> {
              IntentRecord intent = Records.parse(value, IntentRecord.parser());
              TransactionKey transaction = TransactionKey.ofIntent(key);
              Part part = new Part(shard.locks().owner(), shard.clock().nanoTime() - INQUIRY_NANOS);
              part.intent = intent;
              for (long inode : intent.getLockedList()) {
                if (!part.held.lockNow(inode)) {
                  throw new IllegalStateException(
                      "two intents for " + Ids.text(inode) + ", one of " + transaction);
                }
              }
              parts.put(transaction, part);
              LOG.info(
                  "transaction found at start shard={} transaction={}", shard.id(), transaction);
              return true;
            });
  }

  /// Locks inodes for the transaction, and reads them and entries of them.
  ///
  /// @throws RefusedException EAGAIN (which, unlike RETRY, reaches the coordinator at once) if one
  ///   is busy: then the transaction has no lock here any more
  public LockInodesReply lock(LockInodesRequest request)
      throws RefusedException, DiskException, InterruptedException {
    TransactionKey key = TransactionKey.of(request.getTransaction());
    List<Long> inodes = checked(request);
    Part part = part(key);
    part.lock.lockInterruptibly();
    try {
      if (part.ended || part.intent != null) {
        throw new RefusedException(Errno.EAGAIN, "transaction " + key + " has ended");
      }
      part.newsNanos = shard.clock().nanoTime();
      boolean all = false;
      try {
        all = lockAll(part.held, inodes);
      } finally {
        if (!all) {
          end(key, part);
        }
      }
      if (!all) {
        throw new RefusedException(
            Errno.EAGAIN, "inode " + Ids.text(inodes.getFirst()) + " is busy");
      }
      return Seen.read(shard, inodes, request.getEntriesList());
    } finally {
      part.lock.unlock();
    }
  }

  private static boolean lockAll(InodeLocks.Held held, List<Long> inodes)
      throws RefusedException, InterruptedException {
    for (long inode : inodes) {
      if (!held.isInOrder(inode)) {
        throw new RefusedException(
            Failure.malformed("lock of " + Ids.text(inode) + " out of order"));
      }
      if (!held.lock(inode, true, LOCK_WAIT_NANOS)) {
        return false;
      }
    }
    return true;
  }

  private List<Long> checked(LockInodesRequest request) throws RefusedException {
    TreeSet<Long> inodes = new TreeSet<>(Long::compareUnsigned);
    inodes.addAll(request.getInodesList());
    boolean wrong =
        inodes.isEmpty()
            || inodes.size() > INODES_MAX
            || request.getEntriesCount() > INODES_MAX
            || !inodes.stream().allMatch(this::mayLock);
    for (EntryKey entry : request.getEntriesList()) {
      wrong |= !inodes.contains(entry.getParent());
    }
    if (wrong || inodes.size() != request.getInodesCount()) {
      throw new RefusedException(Failure.malformed("inodes to be locked"));
    }
    return request.getInodesList();
  }

  /// Inodes of the future are not for locking: a new one must be free, and the highest.
  private boolean mayLock(long inode) {
    return shard.owns(inode)
        && (Ids.counterOf(inode) == Ids.COUNTER_MAX || shard.wasGivenOut(inode));
  }

  private Part part(TransactionKey key) throws RefusedException {
    if (parts.size() >= PARTS_MAX) {
      throw new RefusedException(Errno.EAGAIN, "too many transactions");
    }
    if (maps.current().group(NodeKind.METADATA, key.coordinator()) == null) {
      // It could never be asked for the outcome, and the locks would stay for ever.
      throw new RefusedException(Errno.EAGAIN, "coordinator of " + key + " is not in the map");
    }
    return parts.computeIfAbsent(
        key, _ -> new Part(shard.locks().owner(), shard.clock().nanoTime()));
  }

  /// Writes down, synced, what is to be done at commit; from then on only the coordinator decides.
  ///
  /// @throws RefusedException EAGAIN if locks were lost by a restart, some of them also: of two
  ///   LOCK_INODES the first may have been answered before it and the second after
  public PrepareReply prepare(PrepareRequest request)
      throws RefusedException, DiskException, InterruptedException {
    TransactionKey key = TransactionKey.of(request.getTransaction());
    NewDirectory made = ChangeSteps.newDirectory(request.getChangesList());
    // A new directory alone needs no locks from before.
    Part part = made == null ? parts.get(key) : part(key);
    if (part == null) {
      throw new RefusedException(Errno.EAGAIN, "transaction " + key + " has no locks here");
    }
    part.lock.lockInterruptibly();
    try {
      if (part.ended) {
        throw new RefusedException(Errno.EAGAIN, "transaction " + key + " has ended");
      }
      if (part.intent != null) {
        return part.intent.getReply();
      }
      checkLocked(key, part, request);
      ChangeSteps.check(shard, request.getChangesList());
      IntentRecord intent = intent(part, request.getChangesList(), made);
      Draft draft = shard.draft();
      draft.batch().put(Table.INTENTS, key.intent(), intent.toByteArray());
      shard.apply(draft, true);
      part.intent = intent;
      part.newsNanos = shard.clock().nanoTime();
      return intent.getReply();
    } finally {
      part.lock.unlock();
    }
  }

  private static void checkLocked(TransactionKey key, Part part, PrepareRequest request)
      throws RefusedException {
    for (long inode : request.getLockedList()) {
      if (!part.held.hasExclusive(inode)) {
        throw new RefusedException(
            Errno.EAGAIN, "transaction " + key + " has lost its lock of " + Ids.text(inode));
      }
    }
    for (Change change : request.getChangesList()) {
      long inode = ChangeSteps.touched(change);
      if (inode != 0 && !part.held.hasExclusive(inode)) {
        throw new RefusedException(
            Failure.retry("transaction " + key + " has not locked " + Ids.text(inode)));
      }
    }
  }

  private IntentRecord intent(Part part, List<Change> changes, @Nullable NewDirectory made)
      throws RefusedException, DiskException {
    PrepareReply.Builder reply = PrepareReply.newBuilder();
    if (made != null) {
      long inode = shard.newInode();
      // The highest of this shard, and free: only one who guesses can have locked it just now.
      if (!part.held.lockNow(inode)) {
        throw new RefusedException(Failure.retry("new inode " + Ids.text(inode) + " is locked"));
      }
      reply
          .setNewInode(inode)
          .setNewAttributes(InodeAttributes.of(inode, ChangeSteps.record(made)));
    }
    return IntentRecord.newBuilder()
        .addAllChanges(changes)
        .addAllLocked(part.held.inodes())
        .setReply(reply)
        .build();
  }

  /// Carries out what was prepared, and releases the locks. Not synced. Nothing to do if it was
  /// done before.
  public void commit(TransactionId id)
      throws RefusedException, DiskException, InterruptedException {
    TransactionKey key = TransactionKey.of(id);
    Part part = parts.get(key);
    if (part == null) {
      return;
    }
    part.lock.lockInterruptibly();
    try {
      if (part.ended) {
        return;
      }
      IntentRecord intent = part.intent;
      if (intent == null) {
        throw new RefusedException(Failure.malformed("commit of " + key + ", not prepared"));
      }
      Draft draft = shard.draft();
      for (Change change : intent.getChangesList()) {
        ChangeSteps.apply(draft, change, intent.getReply().getNewInode());
      }
      draft.batch().delete(Table.INTENTS, key.intent());
      shard.apply(draft, false);
      end(key, part);
    } finally {
      part.lock.unlock();
    }
  }

  /// Forgets the transaction, and releases the locks. Nothing to do if it is not known.
  public void abort(TransactionId id) throws RefusedException, DiskException, InterruptedException {
    TransactionKey key = TransactionKey.of(id);
    Part part = parts.get(key);
    if (part == null) {
      return;
    }
    part.lock.lockInterruptibly();
    try {
      if (part.ended) {
        return;
      }
      if (part.intent != null) {
        Draft draft = shard.draft();
        draft.batch().delete(Table.INTENTS, key.intent());
        shard.apply(draft, false);
      }
      end(key, part);
    } finally {
      part.lock.unlock();
    }
  }

  private void end(TransactionKey key, Part part) {
    part.ended = true;
    part.held.close();
    parts.remove(key, part);
  }

  /// Asks the coordinators of transactions of which there was no news for a while.
  ///
  /// @return whether none is left that waits for an outcome
  public boolean inquire() throws DiskException, InterruptedException {
    for (TransactionKey key : new ArrayList<>(parts.keySet())) {
      Part part = parts.get(key);
      if (part != null && shard.clock().nanoTime() - part.newsNanos >= INQUIRY_NANOS) {
        inquire(key, part);
      }
    }
    return parts.isEmpty();
  }

  /// Locks without an intent come from a request that was late: what was prepared is done already.
  private void committed(TransactionKey key, Part part)
      throws RefusedException, DiskException, InterruptedException {
    if (isPrepared(part)) {
      commit(key.message());
    } else {
      abort(key.message());
    }
  }

  private static boolean isPrepared(Part part) {
    part.lock.lock();
    try {
      return part.intent != null;
    } finally {
      part.lock.unlock();
    }
  }

  private void inquire(TransactionKey key, Part part) throws DiskException, InterruptedException {
    OutcomeRequest request = OutcomeRequest.newBuilder().setTransaction(key.message()).build();
    Answer<OutcomeReply> answer =
        peers.call(key.coordinator(), Operations.OUTCOME, request, INQUIRY_WAIT_NANOS);
    try {
      switch (answer) {
        case Answer.Refused<OutcomeReply>(Failure failure) ->
            LOG.debug("no outcome transaction={} reason={}", key, failure.detail());
        case Answer.Done<OutcomeReply>(OutcomeReply reply, int _, long _) -> {
          switch (reply.getOutcome()) {
            case RUNNING -> part.newsNanos = shard.clock().nanoTime();
            case COMMITTED -> committed(key, part);
            case ABORTED -> abort(key.message());
            case UNRECOGNIZED -> LOG.warn("unknown outcome transaction={}", key);
          }
        }
      }
    } catch (RefusedException e) {
      throw new IllegalStateException("outcome of " + key + ": " + e.failure().detail(), e);
    }
  }
}
