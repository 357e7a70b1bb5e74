package org.skep.fsck;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.skep.wire.Operations;
import org.skep.wire.message.CheckRecordsReply;
import org.skep.wire.message.CheckRecordsRequest;
import org.skep.wire.message.PendingRecord;

/// Changes under way that nobody finishes: what was there at the beginning of the check, and is
/// still there at its end, some time later. Removals of chunks may take long, since there may be
/// many: of them those count that are left when their shard has gone through all of them twice.
final class PendingPhase {
  private static final int ROUNDS = 2;
  private static final int LOOKS_MAX = 30;
  private static final long LOOK_NANOS = 1_000_000_000L;

  private final Servers servers;
  private final Report report;
  private final Settings settings;
  private final Map<Integer, Map<Object, PendingRecord>> before = new TreeMap<>();
  private long begunNanos;

  PendingPhase(Servers servers, Report report, Settings settings) {
    this.servers = servers;
    this.report = report;
    this.settings = settings;
  }

  private record Key(PendingRecord.Kind kind, Object key) {}

  void begin() throws NoAnswerException {
    begunNanos = servers.clock().nanoTime();
    for (int shard : servers.shards()) {
      try {
        before.put(shard, look(shard));
      } catch (NoAnswerException e) {
        report.gap("unfinished changes of shard " + shard + ": " + e.reason());
      }
    }
  }

  private Map<Object, PendingRecord> look(int shard) throws NoAnswerException {
    CheckRecordsReply reply =
        servers.shard(
            shard,
            Operations.CHECK_RECORDS,
            CheckRecordsRequest.newBuilder()
                .setRecords(CheckRecordsRequest.Records.PENDING)
                .build());
    Map<Object, PendingRecord> found = new HashMap<>();
    for (PendingRecord record : reply.getPendingList()) {
      found.put(new Key(record.getKind(), record.getKey()), record);
    }
    return found;
  }

  void end() throws NoAnswerException, InterruptedException {
    for (Map.Entry<Integer, Map<Object, PendingRecord>> shard : before.entrySet()) {
      if (!shard.getValue().isEmpty()) {
        end(shard.getKey(), shard.getValue());
      }
    }
  }

  private void end(int shard, Map<Object, PendingRecord> old)
      throws NoAnswerException, InterruptedException {
    for (int look = 0; look < LOOKS_MAX; look++) {
      Map<Object, PendingRecord> now = look(shard);
      long ageNanos = servers.clock().nanoTime() - begunNanos;
      boolean unclear = false;
      for (Map.Entry<Object, PendingRecord> one : Map.copyOf(old).entrySet()) {
        PendingRecord present = now.get(one.getKey());
        if (present == null || !present.getText().equals(one.getValue().getText())) {
          old.remove(one.getKey());
        } else if (isOld(one.getValue(), present, ageNanos)) {
          old.remove(one.getKey());
          report.add(
              Finding.left(
                  Damage.UNFINISHED,
                  "shard " + shard,
                  present.getText(),
                  "it is tried on, and goes on when the servers that it needs are there"));
        } else {
          unclear = true;
        }
      }
      if (!unclear) {
        return;
      }
      servers.pause(LOOK_NANOS);
    }
  }

  private boolean isOld(PendingRecord before, PendingRecord now, long ageNanos) {
    boolean waited = ageNanos >= settings.graceNanos();
    return now.getKind() == PendingRecord.Kind.GARBAGE
        ? waited && now.getRounds() >= before.getRounds() + ROUNDS
        : waited;
  }
}
