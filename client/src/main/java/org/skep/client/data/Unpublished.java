package org.skep.client.data;

import org.jspecify.annotations.Nullable;
import org.skep.wire.message.Time;
import org.skep.wire.message.Written;

/// What the shard does not know yet of one file: that it was written and read, and when. Guarded by
/// the gate of the file.
final class Unpublished {
  private long writes;
  private long publishedWrites;
  private long writeEpochNanos;
  private long ackedEnd;
  private long sinceNanos;
  private @Nullable Time atime;

  /// What one request tells; to be given to [#told] after its answer.
  record News(@Nullable Written written, @Nullable Time atime, long writes, long ackedEnd) {

    boolean isEmpty() {
      return written == null && atime == null;
    }
  }

  /// @param nowNanos of the monotonic clock
  void wrote(long epochNanos, long nowNanos) {
    if (!isWritten()) {
      sinceNanos = nowNanos;
    }
    writes++;
    writeEpochNanos = epochNanos;
  }

  /// The servers have everything written there, up to `end`.
  void acknowledged(long end) {
    ackedEnd = Math.max(ackedEnd, end);
  }

  void read(long epochNanos) {
    if (atime == null) {
      atime = Times.of(epochNanos);
    }
  }

  /// What is to be told now.
  ///
  /// @param allocatedBytes of all chunk files, or -1
  /// @param withWrites whether writes are to be told
  News news(long allocatedBytes, boolean withWrites) {
    if (!isWritten() || !withWrites) {
      return new News(null, atime, writes, ackedEnd);
    }
    Written.Builder written =
        Written.newBuilder().setSizeAtLeast(ackedEnd).setMtime(Times.of(writeEpochNanos));
    if (allocatedBytes >= 0) {
      written.setAllocatedBytes(allocatedBytes).setAllocatedKnown(true);
    }
    return new News(written.build(), atime, writes, ackedEnd);
  }

  /// The shard knows that now.
  void told(News news) {
    if (news.written() != null) {
      publishedWrites = news.writes();
      if (ackedEnd == news.ackedEnd()) {
        ackedEnd = 0;
      }
    }
    if (news.atime() != null) {
      atime = null;
    }
  }

  /// The inode's times were set by hand; what was read before does not count any more.
  void forgetAtime() {
    atime = null;
  }

  /// The file was truncated: where earlier writes ended does not matter any more.
  void truncated() {
    ackedEnd = 0;
  }

  /// Whether acknowledged data has been kept from the shard for that long.
  boolean isDue(long nowNanos, long ageNanos) {
    return ackedEnd > 0 && nowNanos - sinceNanos >= ageNanos;
  }

  /// The next try is an age away.
  void postpone(long nowNanos) {
    sinceNanos = nowNanos;
  }

  boolean isWritten() {
    return writes != publishedWrites || ackedEnd > 0;
  }

  /// How far acknowledged data reaches that the shard does not know of; 0 if none.
  long ackedEnd() {
    return ackedEnd;
  }

  @Nullable Time atime() {
    return atime;
  }

  /// Time of the last write that the shard does not know of.
  long writeEpochNanos() {
    return writeEpochNanos;
  }
}
