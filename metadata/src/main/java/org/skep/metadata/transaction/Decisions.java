package org.skep.metadata.transaction;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
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

/// What this shard decided as a coordinator, until all participants have carried it out durably.
/// Any thread may call it.
final class Decisions {
  private static final long COMMIT_WAIT_NANOS = 5_000_000_000L;

  private final Shard shard;
  private final Peers peers;
  private final NavigableMap<TransactionKey, Set<Integer>> decisions =
      new ConcurrentSkipListMap<>();

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
                  new TreeSet<>(record.getParticipantsList()));
              return true;
            });
  }

  /// Adds a decision to the draft that carries out the coordinator's part.
  static void put(Draft draft, TransactionKey key, Set<Integer> participants) {
    DecisionRecord record = DecisionRecord.newBuilder().addAllParticipants(participants).build();
    draft.batch().put(Table.DECISIONS, key.decision(), record.toByteArray());
  }

  /// The draft was applied, synced. Tells the participants once; who does not hear it now will
  /// later.
  void decided(TransactionKey key, Set<Integer> participants) throws InterruptedException {
    decisions.put(key, new TreeSet<>(participants));
    for (int participant : participants) {
      boolean _ = tell(key, participant, false);
    }
  }

  boolean isDecided(TransactionKey key) throws DiskException {
    return shard.records().get(Table.DECISIONS, key.decision()) != null;
  }

  private boolean tell(TransactionKey key, int participant, boolean durable)
      throws InterruptedException {
    CommitRequest request =
        CommitRequest.newBuilder().setTransaction(key.message()).setDurable(durable).build();
    return peers.call(participant, Operations.COMMIT, request, COMMIT_WAIT_NANOS)
        instanceof Answer.Done<Empty>;
  }

  /// Has all participants carry out all decisions durably, and forgets what is done everywhere.
  ///
  /// @return whether no decision is left
  boolean runOnce() throws DiskException, InterruptedException {
    Draft draft = shard.draft();
    List<TransactionKey> done = new ArrayList<>();
    // Who does not answer is left alone for the rest of the round.
    Set<Integer> away = new TreeSet<>();
    for (Map.Entry<TransactionKey, Set<Integer>> decision : List.copyOf(decisions.entrySet())) {
      if (tellAll(decision.getKey(), decision.getValue(), away)) {
        draft.batch().delete(Table.DECISIONS, decision.getKey().decision());
        done.add(decision.getKey());
      }
    }
    if (!draft.isEmpty()) {
      shard.apply(draft, false);
      done.forEach(decisions::remove);
    }
    return decisions.isEmpty();
  }

  private boolean tellAll(TransactionKey key, Set<Integer> participants, Set<Integer> away)
      throws InterruptedException {
    boolean all = true;
    for (int participant : participants) {
      if (away.contains(participant) || !tell(key, participant, true)) {
        away.add(participant);
        all = false;
      }
    }
    return all;
  }
}
