package org.skep.metadata.replication;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.skep.metadata.state.BatchLives;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.KeyValueStore;

/// Brings a secondary so far that the log makes it whole: undoes its tail, or copies. Run by a
/// primary that is alone ([Replicator.Mode#ALONE]); then it goes on with [Replicator#follow],
/// [Replicator#pump], [Replicator#require]. Used by one thread.
public final class ShardResync {
  private final Shard shard;
  private final KeyValueStore store;
  private final LogTable log;
  private final ResyncTarget target;
  private final ContentCopy.Progress progress;

  /// How far the secondary is.
  ///
  /// @param last the number of its last batch: what follows is in the log, which is kept from there
  ///   on until another place is pinned
  /// @param copied whether its content was compared and copied, not only its tail undone
  /// @param undoneKeys how many keys its tail had touched
  public record Result(long last, boolean copied, long undoneKeys) {}

  public ShardResync(
      Shard shard,
      KeyValueStore store,
      LogTable log,
      ResyncTarget target,
      ContentCopy.Progress progress) {
    this.shard = shard;
    this.store = store;
    this.log = log;
    this.target = target;
    this.progress = progress;
  }

  /// @param everything compare all content, also if the log would do
  /// @throws IOException if the secondary does not answer or refuses: begin anew later
  public Result run(boolean everything) throws IOException, InterruptedException {
    log.pin(0);
    ResyncTarget.Holding holding = target.begin(false);
    if (!everything && holding.shard() == shard.id() && !holding.copying() && !holding.unsure()) {
      long common = common(holding);
      log.pin(common);
      if (common != BatchLives.NONE && log.reaches(common, shard.latestBatch())) {
        if (common == holding.last()) {
          return new Result(common, false, 0);
        }
        List<TableKey> tail = target.tail(common);
        if (tail != null) {
          undo(common, tail);
          return new Result(common, false, tail.size());
        }
      }
    }
    return copy();
  }

  private long common(ResyncTarget.Holding holding) throws IOException {
    try {
      return shard.common(BatchLives.of(holding.lives()), holding.last());
    } catch (IllegalArgumentException e) {
      throw new IOException("the secondary's lives: " + e.getMessage(), e);
    }
  }

  private void undo(long common, List<TableKey> tail) throws IOException, InterruptedException {
    ContentReader reader = new ContentReader(store);
    List<StoredEntry> present = new ArrayList<>();
    long bytes = 0;
    for (TableKey key : tail) {
      StoredEntry entry = reader.read(key);
      long more = entry.bytes();
      if (!present.isEmpty()
          && (present.size() == ContentCopy.KEYS_MAX || bytes + more > ContentCopy.BYTES_MAX)) {
        undo(common, present, false);
        present = new ArrayList<>();
        bytes = 0;
      }
      present.add(entry);
      bytes += more;
    }
    undo(common, present, true);
  }

  private void undo(long common, List<StoredEntry> present, boolean finish)
      throws IOException, InterruptedException {
    progress.sending(present);
    target.undo(common, present, finish);
    progress.undone(present);
  }

  private Result copy() throws IOException, InterruptedException {
    progress.copies();
    long before = shard.latestBatch();
    log.pin(before);
    ResyncTarget.Holding _ = target.begin(true);
    new ContentCopy(store, target, progress).run();
    target.endCopy(before);
    return new Result(before, true, 0);
  }
}
