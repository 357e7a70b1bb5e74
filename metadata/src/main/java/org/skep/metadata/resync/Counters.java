package org.skep.metadata.resync;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.replication.BatchCodec;
import org.skep.metadata.replication.ContentCopy;
import org.skep.metadata.replication.LoggedBatch;
import org.skep.metadata.replication.StoredEntry;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;
import org.skep.wire.message.ShardResyncStatsReply;

/// What one run has seen and done. Any thread may call it.
///
/// Directories and files are counted by inodes: discovered are those that were compared or are
/// named by the log or by a tail, synced those that were sent. A session is a client's record.
///
/// A run ends with its first error: what the last request carried is counted as not synced if the
/// secondary did not take it, else the error is one of discovery (reading here, comparing, or an
/// answer that makes no sense).
final class Counters implements ContentCopy.Progress {
  private final AtomicLong inodes = new AtomicLong();
  private final AtomicLong directories = new AtomicLong();
  private final AtomicLong files = new AtomicLong();
  private final AtomicLong sessions = new AtomicLong();
  private final AtomicLong syncedSessions = new AtomicLong();
  private final AtomicLong modifications = new AtomicLong();
  private final AtomicLong errors = new AtomicLong();
  private final AtomicLong comparedBytes = new AtomicLong();
  private final AtomicLong sentBytes = new AtomicLong();
  private final AtomicLong batchBytes = new AtomicLong();
  private volatile long behind;
  private volatile boolean copies;
  // What is under way; null: nothing.
  private volatile @Nullable Unsent sending;
  private volatile Unsent unsent = Unsent.NOTHING;

  @Override
  public void copies() {
    copies = true;
  }

  /// So many batches of the log are still to be sent.
  void behind(long batches) {
    behind = batches;
  }

  /// The run failed.
  void failed() {
    Unsent underWay = sending;
    if (underWay == null) {
      errors.incrementAndGet();
    } else {
      unsent = underWay;
    }
  }

  long sentBytes() {
    return sentBytes.get();
  }

  @Override
  public void compared(Table table, long keys, long bytes) {
    comparedBytes.addAndGet(bytes);
    switch (table) {
      case INODES -> inodes.addAndGet(keys);
      case SESSIONS -> sessions.addAndGet(keys);
      default -> {}
    }
  }

  @Override
  public void equal(Table table, long keys) {
    if (table == Table.SESSIONS) {
      syncedSessions.addAndGet(keys);
    }
  }

  @Override
  public void undone(List<StoredEntry> present) {
    sending = null;
    for (StoredEntry entry : present) {
      sent(entry.table(), entry.key(), entry.value());
      if (entry.value() != null) {
        named(entry.table());
      }
    }
  }

  @Override
  public void sending(List<StoredEntry> entries) {
    sending = Unsent.of(entries);
  }

  @Override
  public void copied(List<StoredEntry> entries) {
    sending = null;
    for (StoredEntry entry : entries) {
      sent(entry.table(), entry.key(), entry.value());
    }
  }

  private void sent(Table table, byte[] key, byte @Nullable [] value) {
    sentBytes.addAndGet(key.length + (value == null ? 0 : value.length));
    if (table == Table.INODES && value != null) {
      (Unsent.isDirectory(value) ? directories : files).incrementAndGet();
    }
  }

  /// Something of a table is named by the log or a tail, and was sent.
  private void named(Table table) {
    if (table == Table.INODES) {
      inodes.incrementAndGet();
    }
    if (table == Table.SESSIONS) {
      sessions.incrementAndGet();
      syncedSessions.incrementAndGet();
    }
  }

  /// Batches of the log are on their way to the secondary.
  void appending(List<LoggedBatch> batches) {
    sending = batches.isEmpty() ? null : new Unsent(0, 0, false, batches.size());
  }

  /// Batches of the log are with the secondary.
  void appended(List<LoggedBatch> batches) {
    sending = null;
    for (LoggedBatch batch : batches) {
      modifications.incrementAndGet();
      batchBytes.addAndGet(batch.batch().length);
      try {
        BatchCodec.replay(batch.batch(), new Counting());
      } catch (RefusedException e) {
        throw new IllegalStateException("a batch of the own log: " + e.failure().detail(), e);
      }
    }
  }

  private final class Counting implements Batch.Sink<RuntimeException> {
    @Override
    public void put(Table table, byte[] key, byte[] value) {
      sent(table, key, value);
      if (!copies) {
        named(table);
      }
    }

    @Override
    public void delete(Table table, byte[] key) {
      sent(table, key, null);
    }

    @Override
    public void deleteRange(Table table, byte[] from, byte[] to) {
      sentBytes.addAndGet(from.length + to.length);
    }
  }

  /// @param elapsedNanos since the start of the run, until its end if it is over
  void fill(ShardResyncStatsReply.Builder reply, boolean running, long elapsedNanos) {
    long sent = sentBytes.get();
    long compared = comparedBytes.get();
    long batches = modifications.get();
    long perBatch = batches == 0 ? 0 : batchBytes.get() / batches;
    Unsent lacking = unsent;
    reply
        .setByCopy(copies)
        .setDiscoveredDirectories(directories.get())
        .setDiscoveredFiles(Math.max(0, inodes.get() - directories.get()))
        .setSyncedDirectories(directories.get())
        .setSyncedFiles(files.get())
        .setDiscoveryErrors(errors.get())
        .setDirectoryErrors(lacking.directories())
        .setFileErrors(lacking.files())
        .setSessionsToSync(sessions.get())
        .setSyncedSessions(syncedSessions.get())
        .setSessionError(lacking.sessions())
        .setSyncedModifications(batches)
        .setModificationErrors(lacking.modifications())
        .setBytesToGo(running ? behind * perBatch : 0)
        .setBytesCompared(compared)
        .setBytesSent(sent)
        .setBytesPerSecond((long) ((compared + sent) * 1e9 / Math.max(1, elapsedNanos)));
  }
}
