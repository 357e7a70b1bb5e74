package org.skep.metadata.replication;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// What the batches behind a number left alone, as the log tells. Used by one thread.
public final class LoggedChanges implements Batch.Sink<RuntimeException> {
  private static final int READ_MAX = 1000;
  private static final long READ_BYTES_MAX = 1 << 20;

  private final List<KeyRange> untouched;

  private LoggedChanges(List<KeyRange> ranges) {
    untouched = new ArrayList<>(ranges);
  }

  /// Those of the ranges that no batch behind `since` touches; none if the log does not tell.
  ///
  /// @param latest a batch that the log must reach, if there are any behind `since`
  public static List<KeyRange> untouched(
      LogTable log, long since, long latest, List<KeyRange> ranges) throws DiskException {
    LoggedChanges changes = new LoggedChanges(ranges);
    long after = since;
    while (!changes.untouched.isEmpty()) {
      LogTable.Run run = log.read(after, Long.MAX_VALUE - 1, READ_MAX, READ_BYTES_MAX);
      if (run.batches().isEmpty()) {
        return after >= latest ? changes.untouched : List.of();
      }
      if (run.previous() != after) {
        return List.of();
      }
      try {
        for (LoggedBatch logged : run.batches()) {
          BatchCodec.replay(logged.batch(), changes);
          after = logged.number();
        }
      } catch (RefusedException e) {
        throw new IllegalStateException("the own log: " + e.failure().detail());
      }
    }
    return List.of();
  }

  @Override
  public void put(Table table, byte[] key, byte[] value) {
    delete(table, key);
  }

  @Override
  public void delete(Table table, byte[] key) {
    if (!ContentReader.isOwn(table, key)) {
      untouched.removeIf(range -> range.table() == table && has(range, key));
    }
  }

  @Override
  public void deleteRange(Table table, byte[] from, byte[] to) {
    untouched.removeIf(range -> range.table() == table);
  }

  private static boolean has(KeyRange range, byte[] key) {
    return Arrays.compareUnsigned(range.from(), key) <= 0
        && Arrays.compareUnsigned(key, range.to()) < 0;
  }
}
