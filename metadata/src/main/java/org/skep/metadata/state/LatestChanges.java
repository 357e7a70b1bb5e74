package org.skep.metadata.state;

import java.util.concurrent.atomic.AtomicLongArray;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;

/// Which batch has changed an inode last: its record, entries, or anything else that is kept under
/// its id. So a read knows whether it may have seen something that the secondary lacks, while
/// others change other inodes all the time.
///
/// Of a fixed size: inodes share places, so the number may be a later one, never an earlier one.
/// One thread at a time notes, any may look.
final class LatestChanges {
  private static final int PLACE_BITS = 14;
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private final AtomicLongArray numbers = new AtomicLongArray(1 << PLACE_BITS);
  private volatile long ofAny;

  /// Batch `number` is about to be applied.
  void note(Batch batch, long number) {
    batch.replay(new Note(number));
  }

  private final class Note implements Batch.Sink<RuntimeException> {
    private final long number;

    Note(long number) {
      this.number = number;
    }

    @Override
    public void put(Table table, byte[] key, byte[] value) {
      changed(table, key);
    }

    @Override
    public void delete(Table table, byte[] key) {
      changed(table, key);
    }

    @Override
    public void deleteRange(Table table, byte[] from, byte[] to) {
      if (table != Table.LOG) {
        ofAny = number;
      }
    }

    private void changed(Table table, byte[] key) {
      switch (table) {
        case INODES, ENTRIES, COOKIES, XATTRS, OPENINGS, ORPHANS, GARBAGE, TRUNCATIONS, LOCKS ->
            numbers.set(place(Keys.number(key, 0)), number);
        case META, SESSIONS, REPLIES, INTENTS, DECISIONS, LOG -> {
          // Nothing of an inode.
        }
      }
    }
  }

  private static int place(long inode) {
    return (int) ((inode * SPREAD) >>> (Long.SIZE - PLACE_BITS));
  }

  /// The number of the last batch that may have changed one of these; 0 if there is none.
  long of(long... inodes) {
    long latest = ofAny;
    for (long inode : inodes) {
      latest = Math.max(latest, numbers.get(place(inode)));
    }
    return latest;
  }
}
