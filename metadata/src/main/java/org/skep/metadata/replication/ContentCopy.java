package org.skep.metadata.replication;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;

/// Makes a secondary's content equal to the primary's, range by range, sending only ranges that
/// differ. Changes go on meanwhile, so what was copied is not of one moment: the log from before
/// the copy on makes it whole. Used by one thread.
public final class ContentCopy {

  /// Of one piece that is compared and sent.
  public static final int KEYS_MAX = 1_000;

  public static final int BYTES_MAX = 1 << 20;

  /// Digests asked for at once.
  public static final int RANGES_MAX = 64;

  private final ContentReader reader;
  private final ResyncTarget target;
  private final Progress progress;

  /// Hears how it goes, on the copying thread.
  public interface Progress {
    /// It goes by a copy.
    void copies();

    /// So many keys of a table were compared, with so many bytes.
    void compared(Table table, long keys, long bytes);

    /// So many keys of a table that were compared are the same on both now.
    void equal(Table table, long keys);

    /// The keys of a tail have these values now, and are the same on both.
    void undone(List<StoredEntry> present);

    /// The secondary is about to be given these; then [#copied] or [#undone] follows, or it did not
    /// take them.
    void sending(List<StoredEntry> entries);

    /// A range of the secondary was replaced by these.
    void copied(List<StoredEntry> entries);
  }

  public ContentCopy(KeyValueStore store, ResyncTarget target, Progress progress) {
    reader = new ContentReader(store);
    this.target = target;
    this.progress = progress;
  }

  /// Copies all tables. After [ResyncTarget#begin] for a copy, before [ResyncTarget#endCopy].
  public void run() throws IOException, InterruptedException {
    for (Table table : ContentReader.tables()) {
      copy(KeyRange.all(table));
    }
  }

  private void copy(KeyRange all) throws IOException, InterruptedException {
    KeyRange rest = all;
    boolean last = false;
    while (!last) {
      List<KeyRange> ranges = new ArrayList<>();
      List<RangeDigest> mine = new ArrayList<>();
      List<Long> bytes = new ArrayList<>();
      while (!last && ranges.size() < RANGES_MAX) {
        ContentReader.Piece piece = reader.piece(rest, KEYS_MAX, BYTES_MAX);
        ranges.add(piece.range());
        mine.add(piece.digest());
        bytes.add(piece.bytes());
        last = piece.isLast();
        rest = new KeyRange(all.table(), piece.range().to(), all.to());
      }
      compare(ranges, mine, bytes);
    }
  }

  private void compare(List<KeyRange> ranges, List<RangeDigest> mine, List<Long> bytes)
      throws IOException, InterruptedException {
    List<RangeDigest> theirs = target.digests(ranges);
    if (theirs.size() != ranges.size()) {
      throw new IOException(theirs.size() + " digests of " + ranges.size() + " ranges");
    }
    for (int i = 0; i < ranges.size(); i++) {
      Table table = ranges.get(i).table();
      long keys = mine.get(i).keys();
      progress.compared(table, keys, bytes.get(i));
      if (!theirs.get(i).equals(mine.get(i))) {
        send(ranges.get(i));
      }
      progress.equal(table, keys);
    }
  }

  /// It may have grown since it was compared.
  private void send(KeyRange range) throws IOException, InterruptedException {
    KeyRange rest = range;
    boolean last = false;
    while (!last) {
      ContentReader.Piece piece = reader.piece(rest, KEYS_MAX, BYTES_MAX);
      progress.sending(piece.entries());
      target.copy(piece.range(), piece.entries());
      progress.copied(piece.entries());
      last = piece.isLast();
      rest = new KeyRange(range.table(), piece.range().to(), range.to());
    }
  }
}
