package org.skep.storage.target;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.mirror.GroupMember;
import org.skep.mirror.range.RangeReplica;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.resync.Resync;
import org.skep.wire.Failure;
import org.skep.wire.message.SpaceMessage;
import org.skep.wire.message.TargetReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One target of this process: its chunk files, its counters, and whether it still serves. Any
/// thread may call it.
public final class StorageTarget {
  private static final Logger LOG = LoggerFactory.getLogger(StorageTarget.class);
  private static final long LOG_PAUSE_NANOS = 10_000_000_000L;

  /// Looks whether the directory is still the target's, more closely than each request does.
  @FunctionalInterface
  public interface DirectoryCheck {
    /// @return what is wrong, or null
    @Nullable String run() throws IOException;
  }

  private final int id;
  private final ChunkStore chunks;
  private final DirectoryCheck directoryCheck;
  private final Clock clock;
  private final LongAdder readBytes = new LongAdder();
  private final LongAdder writtenBytes = new LongAdder();
  private final LongAdder operations = new LongAdder();
  private final AtomicLong quietUntilNanos;
  private final LongAdder unlogged = new LongAdder();
  private volatile @Nullable String fault;
  private volatile @Nullable Membership membership;
  private volatile @Nullable Resync resync;

  /// What makes the target a member of its buddy group, once it has one.
  ///
  /// @param chunks of the group
  public record Membership(RangeReplica replica, ChunkStore chunks) {

    public GroupMember member() {
      return replica.member();
    }
  }

  public StorageTarget(int id, ChunkStore chunks, DirectoryCheck directoryCheck, Clock clock) {
    this.id = id;
    this.chunks = chunks;
    this.directoryCheck = directoryCheck;
    this.clock = clock;
    this.quietUntilNanos = new AtomicLong(clock.nanoTime());
  }

  public int id() {
    return id;
  }

  public ChunkStore chunks() {
    return chunks;
  }

  /// The target may be a member of a group. Before it is served.
  public void mirror(RangeReplica replica, ChunkStore groupChunks) {
    membership = new Membership(replica, groupChunks);
  }

  /// Null if it was never told to be one.
  public @Nullable Membership membership() {
    return membership;
  }

  /// Of one that [ServedTargets#findMember] has found.
  public Membership member() {
    Membership own = membership;
    if (own == null) {
      throw new IllegalStateException("target " + id + " is no member");
    }
    return own;
  }

  /// Brings the group's secondary up to date. Before the target is served.
  public void resyncBy(Resync groupResync) {
    resync = groupResync;
  }

  /// @throws IllegalStateException if the target was never told to be a member of a group
  public Resync resync() {
    Resync own = resync;
    if (own == null) {
      throw new IllegalStateException("target " + id + " has no resync");
    }
    return own;
  }

  /// Closes all files.
  public void close() {
    chunks.close();
    Membership own = membership;
    if (own != null) {
      own.chunks.close();
    }
  }

  public void countRead(long bytes) {
    operations.increment();
    readBytes.add(bytes);
  }

  public void countWritten(long bytes) {
    operations.increment();
    writtenBytes.add(bytes);
  }

  public void countOther() {
    operations.increment();
  }

  /// Why it does not serve any more, or null as long as it does.
  public @Nullable String fault() {
    return fault;
  }

  /// Looks whether the directory is still ours; if not, the target serves no more until the process
  /// is started again.
  public void check() {
    if (fault != null) {
      return;
    }
    try {
      String wrong = directoryCheck.run();
      if (wrong != null) {
        stop(wrong);
      }
    } catch (IOException e) {
      logFailure("its directory can't be checked", e);
    }
  }

  private void stop(String reason) {
    fault = reason;
    LOG.error(
        "target {}: serves no more: {}; bring its directory back and restart the daemon",
        id,
        reason);
  }

  /// What the next heartbeat says of the target; null if it does not serve.
  public @Nullable TargetReport report() {
    if (fault != null) {
      return null;
    }
    TargetReport.Builder report =
        TargetReport.newBuilder()
            .setTargetId(id)
            .setReadBytes(readBytes.sum())
            .setWrittenBytes(writtenBytes.sum())
            .setOperations(operations.sum());
    try {
      Disk.Space space = chunks.space();
      report.setSpace(
          SpaceMessage.newBuilder()
              .setTotalBytes(space.totalBytes())
              .setFreeBytes(space.freeBytes())
              .setTotalInodes(space.totalInodes())
              .setFreeInodes(space.freeInodes()));
    } catch (IOException e) {
      logFailure("space is not known", e);
    }
    Membership own = membership;
    if (own != null) {
      own.member().report(report);
    }
    return report.build();
  }

  /// What a client is told when the disk failed. What is not about the application's own call, but
  /// about our files, is an input/output error to it; what may pass is to be tried again.
  public Failure failure(IOException e) {
    int number = e instanceof DiskException disk ? disk.errno() : Errno.EIO.number();
    String detail = "storage target " + id + ": " + e.getMessage();
    Errno errno = Errno.of(number);
    return switch (errno) {
      case ENOSPC, EDQUOT, EFBIG, EROFS, EOPNOTSUPP -> {
        logFailure("the disk refuses", e);
        yield Failure.errno(number, detail);
      }
      case EMFILE, ENFILE, ENOMEM -> {
        logFailure("the host is short of something", e);
        yield Failure.retry(detail);
      }
      default -> {
        logFailure("the disk fails", e);
        check();
        yield Failure.errno(Errno.EIO.number(), detail);
      }
    };
  }

  /// One line in ten seconds at most: a full or broken disk fails every request.
  private void logFailure(String what, IOException e) {
    long now = clock.nanoTime();
    long quietUntil = quietUntilNanos.get();
    if (now - quietUntil < 0 || !quietUntilNanos.compareAndSet(quietUntil, now + LOG_PAUSE_NANOS)) {
      unlogged.increment();
      return;
    }
    LOG.warn("target {}: {}: {} unlogged={}", id, what, e.getMessage(), unlogged.sumThenReset());
  }
}
