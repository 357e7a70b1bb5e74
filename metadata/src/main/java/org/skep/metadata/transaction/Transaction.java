package org.skep.metadata.transaction;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeAttributes;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.AbortRequest;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Change;
import org.skep.wire.message.EntryKey;
import org.skep.wire.message.LockInodesReply;
import org.skep.wire.message.LockInodesRequest;
import org.skep.wire.message.PrepareReply;
import org.skep.wire.message.PrepareRequest;

/// One attempt of the coordinator: its locks here and on other shards, and its draft. Closing it
/// releases the locks here, and aborts what was not decided. Used by one thread.
final class Transaction implements AutoCloseable {

  /// A peer waits for one lock up to 1.5 s, and may have several to take.
  private static final long LOCK_CALL_NANOS = 10_000_000_000L;

  private static final long PREPARE_CALL_NANOS = 10_000_000_000L;
  private static final long ABORT_CALL_NANOS = 2_000_000_000L;

  private final Shard shard;
  private final Peers peers;
  private final TransactionKey key;
  private final InodeLocks.Held held;
  private final Set<Integer> participants = new TreeSet<>();
  private final SortedMap<Integer, List<Long>> lockedElsewhere = new TreeMap<>();
  private final Draft draft;
  private boolean open = true;
  private boolean prepared;
  private long newInode;
  private @Nullable Attributes newAttributes;

  Transaction(Shard shard, Peers peers, TransactionKey key) {
    this.shard = shard;
    this.peers = peers;
    this.key = key;
    held = shard.locks().owner();
    draft = shard.draft();
  }

  Draft draft() {
    return draft;
  }

  /// The other shards that take part.
  Set<Integer> participants() {
    return participants;
  }

  /// Whether other shards have written down their parts.
  boolean isPrepared() {
    return prepared;
  }

  /// Of the directory that it makes, or 0.
  long newInode() {
    return newInode;
  }

  @Nullable Attributes newAttributes() {
    return newAttributes;
  }

  /// Takes the lock that only one rename of a directory to another one can have.
  void lockRenames(int rootShard) throws RefusedException, DiskException, InterruptedException {
    if (rootShard == 0) {
      throw new RefusedException(Failure.retry("the root shard is not known yet"));
    }
    long lock = Ids.inode(rootShard, Ids.COUNTER_MAX);
    lockAt(rootShard, List.of(lock), List.of(), new Seen());
  }

  /// Locks in ascending order, here and elsewhere, and reads.
  Seen lock(Scouting scouting) throws RefusedException, DiskException, InterruptedException {
    Seen seen = new Seen();
    // Inodes are ascending, and their upper bits are the shard.
    SortedMap<Integer, List<Long>> byShard = new TreeMap<>();
    for (long inode : scouting.inodes()) {
      byShard.computeIfAbsent(Ids.shardOf(inode), _ -> new ArrayList<>()).add(inode);
    }
    for (Map.Entry<Integer, List<Long>> part : byShard.entrySet()) {
      List<EntryKey> entries =
          scouting.entries().stream()
              .filter(entry -> Ids.shardOf(entry.getParent()) == part.getKey())
              .toList();
      lockAt(part.getKey(), part.getValue(), entries, seen);
    }
    return seen;
  }

  private void lockAt(int at, List<Long> inodes, List<EntryKey> entries, Seen seen)
      throws RefusedException, DiskException, InterruptedException {
    if (at == shard.id()) {
      for (long inode : inodes) {
        if (!held.lock(inode, true, Shard.LOCK_WAIT_NANOS)) {
          throw Shard.busy(inode);
        }
      }
      seen.add(inodes, entries, Seen.read(shard, inodes, entries));
      return;
    }
    participants.add(at);
    LockInodesRequest request =
        LockInodesRequest.newBuilder()
            .setTransaction(key.message())
            .addAllInodes(inodes)
            .addAllEntries(entries)
            .build();
    Answer<LockInodesReply> answer =
        peers.call(at, Operations.LOCK_INODES, request, LOCK_CALL_NANOS);
    switch (answer) {
      case Answer.Done<LockInodesReply>(LockInodesReply reply, int _, long _) -> {
        seen.add(inodes, entries, reply);
        lockedElsewhere.computeIfAbsent(at, _ -> new ArrayList<>()).addAll(inodes);
      }
      case Answer.Refused<LockInodesReply>(Failure failure) -> throw new RefusedException(failure);
    }
  }

  /// Has all participants write down their parts, if there is anything to do. Those without changes
  /// only keep their locks, for which the intent stands as well: a participant that lost some of
  /// them by a restart says so here.
  void prepare(Plan<?> plan) throws RefusedException, DiskException, InterruptedException {
    if (plan.changes().isEmpty()) {
      return;
    }
    for (int at : plan.changes().keySet()) {
      if (at != shard.id()) {
        participants.add(at);
      }
    }
    for (int participant : participants) {
      PrepareRequest request =
          PrepareRequest.newBuilder()
              .setTransaction(key.message())
              .addAllChanges(plan.changes().getOrDefault(participant, List.of()))
              .addAllLocked(lockedElsewhere.getOrDefault(participant, List.of()))
              .build();
      Answer<PrepareReply> answer =
          peers.call(participant, Operations.PREPARE, request, PREPARE_CALL_NANOS);
      switch (answer) {
        case Answer.Done<PrepareReply>(PrepareReply reply, int _, long _) ->
            prepared(participant, reply);
        case Answer.Refused<PrepareReply>(Failure failure) -> throw new RefusedException(failure);
      }
    }
    prepared = !participants.isEmpty();
    List<Change> own = plan.changes().getOrDefault(shard.id(), List.of());
    if (ChangeSteps.newDirectory(own) != null) {
      newInode = shard.newInode();
    }
  }

  private void prepared(int participant, PrepareReply reply) throws RefusedException {
    if (reply.getNewInode() == 0) {
      return;
    }
    boolean possible =
        newInode == 0
            && Ids.shardOf(reply.getNewInode()) == participant
            && FileType.isDirectory(reply.getNewAttributes().getMode());
    if (!possible) {
      throw new RefusedException(Failure.malformed("new inode " + Ids.text(reply.getNewInode())));
    }
    newInode = reply.getNewInode();
    newAttributes = reply.getNewAttributes();
  }

  /// Puts the own changes and the decision into the draft.
  void decide(Plan<?> plan) throws DiskException {
    List<Change> own = plan.changes().getOrDefault(shard.id(), List.of());
    for (Change change : own) {
      ChangeSteps.apply(draft, change, newInode);
    }
    if (ChangeSteps.newDirectory(own) != null) {
      newAttributes = InodeAttributes.of(newInode, draft.existing(newInode));
    }
    if (prepared) {
      Decisions.put(draft, key, participants);
    }
  }

  /// It is decided, or may be: never abort it.
  void leaveOpen() {
    open = false;
  }

  void releaseHere() {
    held.close();
  }

  @Override
  public void close() {
    held.close();
    if (open) {
      abort();
    }
  }

  /// Those who don't hear it will ask.
  private void abort() {
    AbortRequest request = AbortRequest.newBuilder().setTransaction(key.message()).build();
    for (int participant : participants) {
      try {
        Answer<?> _ = peers.call(participant, Operations.ABORT, request, ABORT_CALL_NANOS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
