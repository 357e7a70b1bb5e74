package org.skep.metadata.state;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which batches of the shard's earlier lives have survived. Each start of a primary finds the last
/// batch that is there and numbers its own from far behind it, so that the number of a lost batch
/// is never used again, and numbers of two lives differ in their upper 32 bits. Immutable.
///
/// Two members may each begin a life with the same number (one of them in vain: it was not the
/// primary any more). So a life also has the *origin* that the starter drew, and two lives are the
/// same only if all three are equal; then all before them is the same, too.
///
/// On disk: for each start the last batch found (8 bytes) and the number from which its own were
/// counted (8 bytes, its lower half is the origin), oldest first.
///
/// Limit: the latest 1,000 starts are known; what is older counts as lost.
public final class BatchLives {
  static final int STARTS_MAX = 1000;

  /// What is not the number of any batch.
  public static final long NONE = 0;

  /// Fewer batches can be unsynced at once: RocksDB bounds its log.
  private static final int LIFE_BITS = 32;

  private final List<Start> starts;

  private record Start(long found, long base, int origin) {}

  private BatchLives(List<Start> starts) {
    this.starts = starts;
  }

  /// @param stored as [#bytes] gave it, or null
  /// @throws IllegalArgumentException if it is nothing of that kind
  public static BatchLives of(byte @Nullable [] stored) {
    ByteBuffer from = ByteBuffer.wrap(stored == null ? new byte[0] : stored);
    if (from.remaining() % (2 * Long.BYTES) != 0
        || from.remaining() > STARTS_MAX * 2 * Long.BYTES) {
      throw new IllegalArgumentException("lives of " + from.remaining() + " bytes");
    }
    List<Start> starts = new ArrayList<>();
    while (from.hasRemaining()) {
      long found = from.getLong();
      long base = from.getLong();
      starts.add(new Start(found, base >>> LIFE_BITS << LIFE_BITS, (int) base));
    }
    return new BatchLives(List.copyOf(starts));
  }

  /// The lives up to the one that begins now.
  ///
  /// @param stored as [#bytes] gave it, or null
  /// @param found the number of the last batch that is there
  /// @param origin of the life that begins
  static BatchLives begin(byte @Nullable [] stored, long found, int origin) {
    List<Start> starts = new ArrayList<>(of(stored).starts);
    long life = found >>> LIFE_BITS;
    if (!starts.isEmpty()) {
      life = Math.max(life, starts.getLast().base >>> LIFE_BITS);
    }
    // One more than the next: a batch that was lost may have been behind a boundary.
    starts.add(new Start(found, (life + 2) << LIFE_BITS, origin));
    int tooMany = Math.max(0, starts.size() - STARTS_MAX);
    return new BatchLives(List.copyOf(starts.subList(tooMany, starts.size())));
  }

  public byte[] bytes() {
    ByteBuffer into = ByteBuffer.allocate(starts.size() * 2 * Long.BYTES);
    starts.forEach(start ->
        into.putLong(start.found).putLong(start.base | Integer.toUnsignedLong(start.origin)));
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

  /// The last batch that two stores have in common: the same up to it, another story behind it.
  ///
  /// @param latest the number of the latest batch of these lives
  /// @param others the lives of the other store
  /// @param othersLast the number of its last batch
  /// @return [#NONE] if they have no life in common
  public long common(long latest, BatchLives others, long othersLast) {
    for (int theirs = others.starts.size() - 1; theirs >= 0; theirs--) {
      int mine = starts.lastIndexOf(others.starts.get(theirs));
      if (mine >= 0) {
        return Math.min(end(mine, latest), others.end(theirs, othersLast));
      }
    }
    return NONE;
  }

  /// The last batch that survived of a life, or of one before it if nothing of it did.
  private long end(int start, long latest) {
    long end = latest;
    for (int later = start + 1; later < starts.size(); later++) {
      end = Math.min(end, starts.get(later).found);
    }
    return end;
  }

  /// The lives of a store whose last batch is `last`, one of these lives.
  public BatchLives upTo(long last) {
    return new BatchLives(starts.stream().filter(start -> start.base < last).toList());
  }

  /// How many batches there are behind `number`, one that is not lost.
  ///
  /// @param latest the number of the latest batch
  long countBehind(long number, long latest) {
    long count = 0;
    long end = latest;
    for (int i = starts.size() - 1; i >= 0 && number < end; i--) {
      Start start = starts.get(i);
      count += Math.max(0, end - Math.max(start.base, number));
      end = Math.min(end, start.found);
    }
    return count;
  }
}
