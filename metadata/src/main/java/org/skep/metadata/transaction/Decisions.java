package org.skep.metadata.transaction;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import org.skep.cluster.Ids;
import org.skep.metadata.record.DecisionRecord;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Answer;
import org.skep.wire.Operations;
import org.skep.wire.message.CommitRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.SyncMetadataRequest;

/// What this shard decided as a coordinator, until all participants have carried it out durably.
/// Any thread may call it.
final class Decisions {
  private static final long COMMIT_WAIT_NANOS = 5_000_000_000L;
  private static final long SYNC_WAIT_NANOS = 5_000_000_000L;

  private final Shard shard;
  private final Peers peers;
  private final NavigableMap<TransactionKey, Decision> decisions = new ConcurrentSkipListMap<>();

  private static final class Decision {
    private final Set<Integer> participants;
    // guarded by this
    private final Set<Integer> answered = new HashSet<>();

    private Decision(Set<Integer> participants) {
      this.participants = participants;
    }

    private synchronized List<Integer> missing() {
      return participants.stream().filter(shard -> !answered.contains(shard)).toList();
    }

    private synchronized void answered(int participant) {
      answered.add(participant);
    }
  }

  Decisions(Shard shard, Peers peers) {
    this.shard = shard;
    this.peers = peers;
  }

  /// Finds the decisions of earlier lives.
  void start() throws DiskException {
    shard
        .records()
        .scan(
            Table.DECISIONS,
            Keys.first(),
            Keys.end(),
            (key, value) -> {
              DecisionRecord record = Records.parse(value, DecisionRecord.parser());
              decisions.put(
                  new TransactionKey(shard.id(), Keys.number(key, 0), Keys.number(key, 8)),
                  new Decision(new TreeSet<>(record.getParticipantsList())));
              return true;
            });
  }

  /// Adds a decision to the draft that carries out the coordinator's part.
  static void put(Draft draft, TransactionKey key, Set<Integer> participants) {
    DecisionRecord record = DecisionRecord.newBuilder().addAllParticipants(participants).build();
    draft.batch().put(Table.DECISIONS, key.decision(), record.toByteArray());
  }

  /// The draft was applied, synced. Tells the participants.
  void decided(TransactionKey key, Set<Integer> participants) throws InterruptedException {
    Decision decision = new Decision(new TreeSet<>(participants));
    decisions.put(key, decision);
    deliver(key, decision);
  }

  boolean isDecided(TransactionKey key) throws DiskException {
    return shard.records().get(Table.DECISIONS, key.decision()) != null;
  }

  private boolean deliver(TransactionKey key, Decision decision) throws InterruptedException {
    CommitRequest request = CommitRequest.newBuilder().setTransaction(key.message()).build();
    for (int participant : decision.missing()) {
      Answer<Empty> answer = peers.call(participant, Operations.COMMIT, request, COMMIT_WAIT_NANOS);
      if (answer instanceof Answer.Done<Empty>) {
        decision.answered(participant);
      }
    }
    return decision.missing().isEmpty();
  }

  /// Tells participants that have not answered yet, and forgets what is done everywhere.
  ///
  /// @return whether no decision is left
  boolean runOnce() throws DiskException, InterruptedException {
    NavigableMap<TransactionKey, Decision> done = new TreeMap<>();
    Set<Integer> toSync = new TreeSet<>();
    for (TransactionKey key : new ArrayList<>(decisions.keySet())) {
      Decision decision = decisions.get(key);
      if (decision != null && deliver(key, decision)) {
        done.put(key, decision);
        toSync.addAll(decision.participants);
      }
    }
    Set<Integer> synced = new HashSet<>();
    for (int participant : toSync) {
      if (sync(participant)) {
        synced.add(participant);
      }
    }
    Draft draft = shard.draft();
    List<TransactionKey> forgotten = new ArrayList<>();
    done.forEach((key, decision) -> {
      if (synced.containsAll(decision.participants)) {
        draft.batch().delete(Table.DECISIONS, key.decision());
        forgotten.add(key);
      }
    });
    if (!draft.isEmpty()) {
      shard.apply(draft, false);
      forgotten.forEach(decisions::remove);
    }
    return decisions.isEmpty();
  }

  private boolean sync(int participant) throws InterruptedException {
    SyncMetadataRequest request =
        SyncMetadataRequest.newBuilder().setInode(Ids.inode(participant, Ids.ROOT_COUNTER)).build();
    return peers.call(participant, Operations.SYNC_METADATA, request, SYNC_WAIT_NANOS)
        instanceof Answer.Done<Empty>;
  }
}
