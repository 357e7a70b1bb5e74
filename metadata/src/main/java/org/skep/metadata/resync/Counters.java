package org.skep.metadata.resync;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.replication.BatchCodec;
import org.skep.metadata.replication.ContentCopy;
import org.skep.metadata.replication.KeyRange;
import org.skep.metadata.replication.LoggedBatch;
import org.skep.metadata.replication.StoredEntry;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;
import org.skep.wire.message.ShardResyncStatsReply;

/// What one run has seen and done. Any thread may call it.
///
/// Directories and files are counted by inodes: discovered are those that were compared or are
/// named by the log, synced those that were sent. A session is a client's record.
final class Counters implements ContentCopy.Progress {
  private final AtomicLong inodes = new AtomicLong();
  private final AtomicLong directories = new AtomicLong();
  private final AtomicLong files = new AtomicLong();
  private final AtomicLong sessions = new AtomicLong();
  private final AtomicLong modifications = new AtomicLong();
  private final AtomicLong errors = new AtomicLong();
  private final AtomicLong comparedBytes = new AtomicLong();
  private final AtomicLong sentBytes = new AtomicLong();
  private final AtomicLong batchBytes = new AtomicLong();
  private volatile long behind;
  private volatile boolean copies;

  /// It goes by a copy.
  void byCopy() {
    copies = true;
  }

  /// So many batches of the log are still to be sent.
  void behind(long batches) {
    behind = batches;
  }

  /// The run failed.
  void failed() {
    errors.incrementAndGet();
  }

  long sentBytes() {
    return sentBytes.get();
  }

  @Override
  public void compared(Table table, long keys) {
    switch (table) {
      case INODES -> inodes.addAndGet(keys);
      case SESSIONS -> sessions.addAndGet(keys);
      default -> {}
    }
  }

  @Override
  public void copied(KeyRange range, List<StoredEntry> entries) {
    for (StoredEntry entry : entries) {
      sent(entry.table(), entry.key(), entry.value());
    }
  }

  private void sent(Table table, byte[] key, byte @Nullable [] value) {
    sentBytes.addAndGet(key.length + (value == null ? 0 : value.length));
    if (table == Table.INODES && value != null) {
      (isDirectory(value) ? directories : files).incrementAndGet();
    }
  }

  private static boolean isDirectory(byte[] value) {
    try {
      return FileType.isDirectory(InodeRecord.parseFrom(value).getMode());
    } catch (InvalidProtocolBufferException e) {
      return false;
    }
  }

  /// Batches of the log are with the secondary.
  void appended(List<LoggedBatch> batches) {
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
      if (!copies && table == Table.INODES) {
        inodes.incrementAndGet();
      }
      if (!copies && table == Table.SESSIONS) {
        sessions.incrementAndGet();
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
    reply
        .setByCopy(copies)
        .setDiscoveredDirectories(directories.get())
        .setDiscoveredFiles(Math.max(0, inodes.get() - directories.get()))
        .setSyncedDirectories(directories.get())
        .setSyncedFiles(files.get())
        .setDiscoveryErrors(errors.get())
        .setSessionsToSync(sessions.get())
        .setSyncedSessions(running ? 0 : sessions.get())
        .setSyncedModifications(batches)
        .setBytesToGo(running ? behind * perBatch : 0)
        .setBytesCompared(compared)
        .setBytesSent(sent)
        .setBytesPerSecond((long) ((compared + sent) * 1e9 / Math.max(1, elapsedNanos)));
  }
}
