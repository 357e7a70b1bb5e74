package org.skep.storage.resync;

import java.util.BitSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.storage.chunk.ChunkKey;
import org.skep.wire.message.ResyncStatsReply;

/// What one run has seen and done. Any thread may call it.
///
/// Directories are the lower ones of the two levels in which chunk files stand, 65,536 at most; one
/// counts as synced when a chunk file in it was made equal.
final class Counters {
  private static final int DIRECTORIES = 1 << 16;

  private final AtomicLong files = new AtomicLong();
  private final AtomicLong candidates = new AtomicLong();
  private final AtomicLong synced = new AtomicLong();
  private final AtomicLong errors = new AtomicLong();
  private final AtomicLong directoryErrors = new AtomicLong();
  private final AtomicLong toGoBytes = new AtomicLong();
  private final AtomicLong comparedBytes = new AtomicLong();
  private final AtomicLong sentBytes = new AtomicLong();
  private final Object lock = new Object();
  // guarded by lock
  private final BitSet directoriesSeen = new BitSet(DIRECTORIES);
  private final BitSet directoriesLookedAt = new BitSet(DIRECTORIES);
  private final BitSet directoriesSynced = new BitSet(DIRECTORIES);
  private @Nullable String firstError;

  /// A chunk file was met.
  void discovered(ChunkKey key) {
    files.incrementAndGet();
    mark(directoriesSeen, key);
  }

  /// It is going to be looked at.
  ///
  /// @param bytes to go through
  void candidate(ChunkKey key, long bytes) {
    candidates.incrementAndGet();
    toGoBytes.addAndGet(bytes);
    mark(directoriesLookedAt, key);
  }

  /// It is the same on both.
  void synced(ChunkKey key) {
    synced.incrementAndGet();
    mark(directoriesSynced, key);
  }

  void failed(String why) {
    errors.incrementAndGet();
    note(why);
  }

  void directoryFailed(String why) {
    directoryErrors.incrementAndGet();
    note(why);
  }

  private void note(String why) {
    synchronized (lock) {
      if (firstError == null) {
        firstError = why;
      }
    }
  }

  /// So many bytes need not be gone through any more.
  void done(long bytes) {
    toGoBytes.addAndGet(-bytes);
  }

  void compared(long bytes) {
    comparedBytes.addAndGet(bytes);
  }

  void sent(long bytes) {
    sentBytes.addAndGet(bytes);
  }

  long errors() {
    return errors.get() + directoryErrors.get();
  }

  long sentBytes() {
    return sentBytes.get();
  }

  /// What failed first; null: nothing did.
  @Nullable String firstError() {
    synchronized (lock) {
      return firstError;
    }
  }

  /// @param elapsedNanos since the start of the run, until its end if it is over
  void fill(ResyncStatsReply.Builder reply, long elapsedNanos) {
    long compared = comparedBytes.get();
    reply
        .setDiscoveredFiles(files.get())
        .setFileCandidates(candidates.get())
        .setSyncedFiles(synced.get())
        .setFileErrors(errors.get())
        .setDirectoryErrors(directoryErrors.get())
        .setBytesToGo(Math.max(0, toGoBytes.get()))
        .setBytesCompared(compared)
        .setBytesSent(sentBytes.get())
        .setBytesPerSecond((long) (compared * 1e9 / Math.max(1, elapsedNanos)));
    synchronized (lock) {
      reply
          .setDiscoveredDirectories(directoriesSeen.cardinality())
          .setDirectoryCandidates(directoriesLookedAt.cardinality())
          .setSyncedDirectories(directoriesSynced.cardinality());
    }
  }

  private void mark(BitSet directories, ChunkKey key) {
    synchronized (lock) {
      directories.set(key.directoryNumber());
    }
  }
}
