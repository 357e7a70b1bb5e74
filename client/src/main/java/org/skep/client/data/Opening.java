package org.skep.client.data;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.skep.client.ErrnoException;
import org.skep.client.OpenFile;
import org.skep.linux.Errno;
import org.skep.linux.OpenFlags;
import org.skep.wire.Limits;
import org.skep.wire.message.Attributes;

/// One opening of a file. Any thread may call it.
///
/// A failure of earlier writes is thrown once to each opening, by the write, flush, sync or close
/// that comes first after it. What is written with O_DIRECT is at the servers when the write
/// returns, with O_DSYNC and O_SYNC on their disks; what is read with O_DIRECT comes from them.
///
/// When this client has lost locks on the file, because a shard did not hear of it for longer than
/// its lease, all openings of that time fail with EIO until they are closed.
public final class Opening implements OpenFile {
  private static final int KEEP_SIZE = 1;
  private static final int PUNCH_HOLE = 2;
  private static final int ZERO_RANGE = 0x10;
  // One call does not hold its thread for longer than this takes; callers go on where it stopped.
  private static final long COPY_BYTES_MAX = 16 << 20;

  private final OpenInodes inodes;
  private final OpenInode inode;
  private final Attributes attributes;
  private final boolean created;
  private final int flags;
  // Up to which failure of writes this opening has heard.
  private final AtomicLong errorCursor;
  private final long lockLosses;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean written;

  private Opening(
      OpenInodes inodes, OpenInode inode, Attributes attributes, boolean created, int flags) {
    this.inodes = inodes;
    this.inode = inode;
    this.attributes = attributes;
    this.created = created;
    this.flags = flags;
    this.errorCursor = new AtomicLong(inode.errorCount());
    this.lockLosses = inode.lockLosses();
  }

  /// The opening that the shard has granted with these attributes.
  ///
  /// @param asked the moment of the [OpenInodes] before it was asked for
  public static Opening of(
      OpenInodes inodes, Attributes granted, long asked, boolean created, int flags)
      throws ErrnoException {
    OpenInode inode = inodes.opened(granted, asked);
    inode.dropCached();
    return new Opening(inodes, inode, inode.merge(granted), created, flags);
  }

  @Override
  public long inode() {
    return inode.inode();
  }

  @Override
  public Attributes attributes() {
    return attributes;
  }

  @Override
  public boolean created() {
    return created;
  }

  @Override
  public int read(ByteBuffer into, long offset) throws ErrnoException {
    if (offset < 0) {
      throw new ErrnoException(Errno.EINVAL.number(), "read at " + offset);
    }
    checkLocks();
    return inode.read(into, offset, isDirect());
  }

  @Override
  public long write(ByteBuffer from, long offset, boolean append) throws ErrnoException {
    int length = from.remaining();
    long at = take(from, offset, append);
    settle(at, length - from.remaining());
    return at;
  }

  @Override
  public long take(ByteBuffer from, long offset, boolean append) throws ErrnoException {
    checkWritable();
    report();
    written = true;
    try {
      if (append) {
        return inode.append(from);
      }
      inode.write(from, offset);
      return offset;
    } finally {
      inodes.wrote();
    }
  }

  @Override
  public void settle(long offset, long length) throws ErrnoException {
    if ((flags & OpenFlags.O_DSYNC) != 0) {
      sync((flags & OpenFlags.O_SYNC) != OpenFlags.O_SYNC);
    } else if (isDirect()) {
      inode.drainRange(offset, length);
      report();
    }
  }

  /// Once locks on the file were lost, others may have changed what they protected.
  private void checkLocks() throws ErrnoException {
    if (inode.lockLosses() != lockLosses) {
      throw new ErrnoException(
          Errno.EIO.number(), "locks on the file were lost: close it and open it again");
    }
  }

  private void checkWritable() throws ErrnoException {
    checkLocks();
    if (!forWriting()) {
      throw new ErrnoException(Errno.EBADF.number(), "the file is open for reading only");
    }
  }

  private boolean isDirect() {
    return (flags & OpenFlags.O_DIRECT) != 0;
  }

  private boolean forWriting() {
    return (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
  }

  @Override
  public void flush() throws ErrnoException {
    if (forWriting()) {
      inode.flush();
    }
    checkLocks();
    report();
  }

  @Override
  public void sync(boolean dataOnly) throws ErrnoException {
    inode.sync(dataOnly);
    checkLocks();
    report();
  }

  /// Throws the first failure that this opening has not heard of; it has heard of all then.
  private void report() throws ErrnoException {
    long cursor = errorCursor.get();
    OpenInode.Failure failure = inode.failureAfter(cursor);
    if (failure != null && errorCursor.compareAndSet(cursor, failure.cursor())) {
      ErrnoException first = failure.first();
      throw new ErrnoException(
          first.errno(),
          String.valueOf(first.getMessage()),
          () -> {
            boolean _ = errorCursor.compareAndSet(failure.cursor(), cursor);
          });
    }
  }

  @Override
  public void allocate(int mode, long offset, long length) throws ErrnoException {
    checkWritable();
    if (offset < 0 || length <= 0) {
      throw new ErrnoException(Errno.EINVAL.number(), "range of " + length + " at " + offset);
    }
    if (offset > Limits.FILE_BYTES_MAX - length) {
      throw new ErrnoException(Errno.EFBIG.number(), "range of " + length + " at " + offset);
    }
    long end = offset + length;
    written = true;
    switch (mode) {
      case 0, KEEP_SIZE -> inode.reserve(offset, end, mode != 0);
      case PUNCH_HOLE | KEEP_SIZE -> inode.zero(offset, end, false, true);
      case ZERO_RANGE, ZERO_RANGE | KEEP_SIZE ->
          inode.zero(offset, end, true, (mode & KEEP_SIZE) != 0);
      default ->
          throw new ErrnoException(
              Errno.EOPNOTSUPP.number(), "fallocate mode 0x" + Integer.toHexString(mode));
    }
  }

  @Override
  public long seek(long offset, boolean hole) throws ErrnoException {
    return inode.seek(offset, hole);
  }

  @Override
  public long copyRange(long offset, OpenFile to, long toOffset, long length)
      throws ErrnoException {
    // The end is where it is now, also if the copy itself moves it.
    long wanted = Math.min(Math.min(length, COPY_BYTES_MAX), inode.available(offset));
    if (wanted <= 0) {
      return 0;
    }
    // Not from the pool of written data: whoever holds one of its buffers must not wait for
    // another.
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(wanted, Limits.BULK_BYTES_MAX));
    long copied = 0;
    try {
      while (copied < wanted) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), wanted - copied));
        int count = read(buffer, offset + copied);
        if (count == 0) {
          break;
        }
        long _ = to.write(buffer.flip(), toOffset + copied, false);
        copied += count - buffer.remaining();
        if (buffer.hasRemaining()) {
          break;
        }
      }
    } catch (ErrnoException e) {
      // As the system call does: what was copied counts, the failure comes with the next call.
      if (copied == 0) {
        throw e;
      }
    }
    return copied;
  }

  @Override
  public void close() throws ErrnoException {
    if (!closed.compareAndSet(false, true)) {
      throw new ErrnoException(Errno.EBADF.number(), "the file is closed already");
    }
    ErrnoException failure;
    try {
      failure = Io.result(() -> inode.closeOne(forWriting(), !written));
      if (failure == null) {
        failure = Io.result(this::report);
      }
    } finally {
      inodes.closed(inode);
    }
    if (failure != null) {
      throw failure;
    }
  }
}
