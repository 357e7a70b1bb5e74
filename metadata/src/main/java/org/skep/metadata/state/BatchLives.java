package org.skep.metadata.state;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which batches of the store's earlier lives have survived. Each start finds the last batch that
/// is there and numbers its own from far behind it, so that the number of a lost batch is never
/// used again, and numbers of two lives differ in their upper 32 bits. Immutable.
///
/// On disk: for each start the last batch found (8 bytes) and the number from which its own were
/// counted (8 bytes), oldest first.
///
/// Limit: the latest 1,000 starts are known; what is older counts as lost.
final class BatchLives {
  static final int STARTS_MAX = 1000;

  /// Fewer batches can be unsynced at once: RocksDB bounds its log.
  private static final int LIFE_BITS = 32;

  private final List<Start> starts;

  private record Start(long found, long base) {}

  private BatchLives(List<Start> starts) {
    this.starts = starts;
  }

  /// The lives up to the one that begins now.
  ///
  /// @param stored as [#bytes] gave it, or null
  /// @param found the number of the last batch that is there
  static BatchLives begin(byte @Nullable [] stored, long found) {
    List<Start> starts = new ArrayList<>();
    ByteBuffer from = ByteBuffer.wrap(stored == null ? new byte[0] : stored);
    while (from.hasRemaining()) {
      starts.add(new Start(from.getLong(), from.getLong()));
    }
    // One more than the next: a batch that was lost may have been behind a boundary.
    starts.add(new Start(found, ((found >>> LIFE_BITS) + 2) << LIFE_BITS));
    int tooMany = Math.max(0, starts.size() - STARTS_MAX);
    return new BatchLives(List.copyOf(starts.subList(tooMany, starts.size())));
  }

  byte[] bytes() {
    ByteBuffer into = ByteBuffer.allocate(starts.size() * 2 * Long.BYTES);
    starts.forEach(start -> into.putLong(start.found).putLong(start.base));
    return into.array();
  }

  /// The number behind which those of the present life begin.
  long base() {
    return starts.getLast().base;
  }

  /// Whether a batch of that number, which was applied once, may be missing.
  ///
  /// @param latest the number of the latest batch
  boolean isLost(long number, long latest) {
    if (Long.compareUnsigned(number, latest) > 0) {
      return true;
    }
    Start first = starts.getFirst();
    if (starts.size() == STARTS_MAX && number <= first.found) {
      return true;
    }
    for (Start start : starts) {
      if (number < start.base) {
        return number > start.found;
      }
    }
    return false;
  }
}
