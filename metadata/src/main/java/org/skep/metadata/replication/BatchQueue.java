package org.skep.metadata.replication;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The end of the log in memory: the batches that the secondary has not acknowledged, so that they
/// need not be read again. Guarded by its owner, but for [#hasRoom].
final class BatchQueue {

  /// Together they bound the memory for a secondary that does not answer.
  static final int BATCHES_MAX = 65_536;

  static final long BYTES_MAX = 64L << 20;

  /// Of one request, or one batch.
  static final int APPEND_BYTES_MAX = 1 << 20;

  static final int APPEND_BATCHES_MAX = 10_000;

  /// What a batch costs besides its bytes, in memory and in a message.
  private static final int OVERHEAD_BYTES = 32;

  private final Deque<LoggedBatch> queue = new ArrayDeque<>();
  private long bytes;
  private volatile boolean full;
  // Number of the batch before the first one; the latest one's if there is none.
  private long previous;
  private long latest;

  /// @param latest the number of the last batch
  BatchQueue(long latest) {
    this.latest = latest;
    previous = latest;
  }

  /// The number of the last batch that was added or skipped.
  long latest() {
    return latest;
  }

  boolean hasRoom() {
    return !full;
  }

  private void count(long moreBytes) {
    bytes += moreBytes;
    full = queue.size() >= BATCHES_MAX || bytes >= BYTES_MAX;
  }

  /// @param before the number of the batch before it
  void add(long before, LoggedBatch batch) {
    if (queue.isEmpty()) {
      previous = before;
    }
    queue.add(batch);
    count(cost(batch));
    latest = batch.number();
  }

  /// A batch that is in the log only, or nowhere.
  void skip(long number) {
    latest = number;
    drop();
  }

  void drop() {
    queue.clear();
    count(-bytes);
    previous = latest;
  }

  void removeUpTo(long number) {
    while (!queue.isEmpty() && queue.getFirst().number() <= number) {
      LoggedBatch done = queue.removeFirst();
      count(-cost(done));
      previous = done.number();
    }
  }

  private static long cost(LoggedBatch batch) {
    return (long) batch.batch().length + OVERHEAD_BYTES;
  }

  /// As much as fits in one request of what follows on `from`; null if that is not all here.
  LogTable.@Nullable Run read(long from) {
    if (queue.isEmpty() || from != previous) {
      return null;
    }
    List<LoggedBatch> batches = new ArrayList<>();
    long sum = 0;
    for (LoggedBatch batch : queue) {
      sum += cost(batch);
      if (!batches.isEmpty() && (sum > APPEND_BYTES_MAX || batches.size() == APPEND_BATCHES_MAX)) {
        break;
      }
      batches.add(batch);
    }
    return new LogTable.Run(from, batches);
  }
}
