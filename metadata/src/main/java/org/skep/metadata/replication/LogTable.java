package org.skep.metadata.replication;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.state.Keys;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// The last batches of a store, in its table LOG, without a gap. One thread at a time adds (under
/// the lock of who applies batches); any thread may read.
///
/// ```
/// key    number 8
/// value  number of the batch before it 8 | count 8 | bytes 8 | batch
/// ```
///
/// `count` and `bytes` are sums over all entries since the log was last empty, so that the size of
/// any part is known from its ends.
///
/// Limit: 1,000,000 batches or 256 MiB, then the front goes. What a resync needs is kept ([#pin])
/// up to four times as much; then it goes all the same, and the resync has to copy.
public final class LogTable {
  private static final int HEAD_BYTES = 3 * Long.BYTES;

  /// What is cut off at a time, so that it is seldom.
  private static final int CUT_FRACTION = 16;

  private static final int PINNED_FACTOR = 4;
  private static final long UNPINNED = Long.MAX_VALUE;

  /// How much is kept.
  ///
  /// @param batches a multiple of 16
  public record Limits(long batches, long bytes) {
    public static final Limits STANDARD = new Limits(1_000_000, 256L << 20);
  }

  private final KeyValueStore store;
  private final Limits limits;

  /// What is behind this number is needed.
  private final AtomicLong pinned = new AtomicLong(UNPINNED);

  // changed by the one who adds
  private volatile @Nullable Ends ends;
  private long lookAgainAtCount;

  /// One entry, without its batch.
  private record Place(long number, long previous, long count, long bytes) {}

  private record Ends(Place first, Place last) {}

  /// Batches that follow on each other.
  ///
  /// @param previous number of the batch before the first one
  public record Run(long previous, List<LoggedBatch> batches) {}

  private LogTable(KeyValueStore store, Limits limits) {
    this.store = store;
    this.limits = limits;
  }

  public static LogTable open(KeyValueStore store) throws DiskException {
    return open(store, Limits.STANDARD);
  }

  public static LogTable open(KeyValueStore store, Limits limits) throws DiskException {
    LogTable log = new LogTable(store, limits);
    Place first = log.from(0);
    if (first != null) {
      try (Cursor cursor = store.scanBackwards(Table.LOG, Keys.first(), Keys.end())) {
        if (!cursor.next()) {
          throw new IllegalStateException("the log has a first entry and no last one");
        }
        log.ends = new Ends(first, place(cursor));
      }
    }
    return log;
  }

  private @Nullable Place from(long number) throws DiskException {
    try (Cursor cursor = store.scan(Table.LOG, Keys.of(number), Keys.end())) {
      return cursor.next() ? place(cursor) : null;
    }
  }

  private static Place place(Cursor cursor) {
    ByteBuffer head = ByteBuffer.wrap(cursor.value());
    return new Place(Keys.number(cursor.key(), 0), head.getLong(), head.getLong(), head.getLong());
  }

  /// The number of the first batch, 0 if there is none.
  public long firstNumber() {
    Ends now = ends;
    return now == null ? 0 : now.first.number;
  }

  /// The number of the last batch, 0 if there is none.
  public long lastNumber() {
    Ends now = ends;
    return now == null ? 0 : now.last.number;
  }

  /// How many batches there are.
  public long count() {
    Ends now = ends;
    return now == null ? 0 : now.last.count - now.first.count + 1;
  }

  /// Whether all that follows on batch `number` is here.
  ///
  /// @param latest the number of the store's last batch
  public boolean reaches(long number, long latest) throws DiskException {
    if (number == latest) {
      return true;
    }
    Place next = lastNumber() == latest ? from(number + 1) : null;
    return next != null && next.previous == number;
  }

  /// The batches behind `after` up to `upTo`: at most `bytesMax`, or one; none if there are none.
  /// If the first one does not follow on `after`, what is between them was trimmed, or is not known
  /// here at all.
  public Run read(long after, long upTo, int countMax, long bytesMax) throws DiskException {
    List<LoggedBatch> batches = new ArrayList<>();
    long previous = after;
    long bytes = 0;
    try (Cursor cursor = store.scan(Table.LOG, Keys.of(after + 1), Keys.of(upTo + 1))) {
      while (batches.size() < countMax && cursor.next()) {
        byte[] value = cursor.value();
        bytes += value.length - HEAD_BYTES;
        if (!batches.isEmpty() && bytes > bytesMax) {
          break;
        }
        if (batches.isEmpty()) {
          previous = Keys.number(value, 0);
        }
        batches.add(
            new LoggedBatch(
                Keys.number(cursor.key(), 0), Arrays.copyOfRange(value, HEAD_BYTES, value.length)));
      }
    }
    return new Run(previous, batches);
  }

  /// Keeps what is behind that number from being trimmed; the last call counts.
  public void pin(long number) {
    pinned.set(number);
  }

  public void unpin() {
    pinned.set(UNPINNED);
  }

  /// Begins to add entries to a batch.
  public Addition addition() {
    return new Addition(ends);
  }

  /// Entries that are added with one batch of the store; if that fails, nothing was added.
  public final class Addition {
    private @Nullable Ends mine;

    private Addition(@Nullable Ends now) {
      mine = now;
    }

    /// Adds the entry of batch `number` to `batch`. An entry that does not follow on the last one
    /// begins the log anew.
    public void add(Batch batch, long previous, long number, byte[] encoded) throws DiskException {
      Ends now = mine;
      if (now != null && now.last.number != previous) {
        clear(batch);
        now = null;
      }
      if (now != null) {
        now = trim(batch, now);
      }
      long count = now == null ? 1 : now.last.count + 1;
      long bytes = (now == null ? 0 : now.last.bytes) + encoded.length;
      Place place = new Place(number, previous, count, bytes);
      ByteBuffer value = ByteBuffer.allocate(HEAD_BYTES + encoded.length);
      value.putLong(previous).putLong(count).putLong(bytes).put(encoded);
      batch.put(Table.LOG, Keys.of(number), value.array());
      mine = new Ends(now == null ? place : now.first, place);
    }

    /// Removes everything.
    public void clear(Batch batch) {
      batch.deleteRange(Table.LOG, Keys.first(), Keys.end());
      mine = null;
      lookAgainAtCount = 0;
    }

    /// Removes what is behind `number`.
    public void cutBehind(Batch batch, long number) throws DiskException {
      batch.deleteRange(Table.LOG, Keys.of(number + 1), Keys.end());
      Ends now = mine;
      lookAgainAtCount = 0;
      if (now == null || now.first.number > number) {
        mine = null;
        return;
      }
      try (Cursor cursor = store.scanBackwards(Table.LOG, Keys.first(), Keys.of(number + 1))) {
        mine = cursor.next() ? new Ends(now.first, place(cursor)) : null;
      }
    }

    /// The batch was applied.
    public void done() {
      ends = mine;
    }
  }

  private static boolean isOver(Place first, Place last, Limits limits, long factor) {
    return last.count - first.count >= limits.batches * factor
        || last.bytes - first.bytes >= limits.bytes * factor;
  }

  /// Only entries that the store has are looked at, so it may be called with others on their way.
  private Ends trim(Batch batch, Ends now) throws DiskException {
    Ends stored = ends;
    boolean due =
        stored != null
            && now.last.count >= lookAgainAtCount
            && isOver(now.first, now.last, limits, 1);
    if (stored == null || !due || now.first.number != stored.first.number) {
      return now;
    }
    lookAgainAtCount = now.last.count + Math.max(1, limits.batches / CUT_FRACTION);
    long upTo = cut(stored);
    if (!isOver(now.first, now.last, limits, PINNED_FACTOR)) {
      upTo = Math.min(upTo, pinned.get());
    }
    Place first = upTo < stored.first.number ? null : from(upTo + 1);
    if (first == null) {
      return now;
    }
    batch.deleteRange(Table.LOG, Keys.first(), Keys.of(upTo + 1));
    return new Ends(first, now.last);
  }

  /// The number up to which entries go so that enough is left: the smallest, by halving.
  private long cut(Ends stored) throws DiskException {
    long low = stored.first.number;
    long high = stored.last.number;
    while (low < high) {
      long middle = low + (high - low) / 2;
      Place place = from(middle);
      if (place == null || isEnoughBehind(place, stored.last)) {
        high = middle;
      } else {
        low = place.number + 1;
      }
    }
    return low;
  }

  private boolean isEnoughBehind(Place place, Place last) {
    long keptBatches = limits.batches - limits.batches / CUT_FRACTION;
    long keptBytes = limits.bytes - limits.bytes / CUT_FRACTION;
    return last.count - place.count <= keptBatches && last.bytes - place.bytes <= keptBytes;
  }
}
