package org.skep.runtime.real;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.skep.linux.Descriptors;
import org.skep.linux.Errno;
import org.skep.linux.FileRanges;
import org.skep.linux.FileStatus;
import org.skep.linux.SystemCallException;
import org.skep.runtime.port.Disk;

/// An open file of a [LocalDisk].
///
/// Closing while another thread is inside a call is safe: the descriptor is given back by the last
/// one to leave, so that its number can't name another file under the caller's feet. Calls that
/// start after close fail with EBADF.
///
/// Where the file system can't punch, zero or reserve a range (EOPNOTSUPP), zeros are written over
/// its data, and a reservation is left out.
final class LocalFile implements Disk.File {
  private static final int CLOSED = 1 << 31;
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final int COPY_BYTES_MAX = 1 << 20;
  private static final int KEEP_SIZE = FileRanges.FALLOC_FL_KEEP_SIZE;

  private final LocalDisk disk;
  private final String path;
  private final int descriptor;
  private final boolean fallocate;
  // How many threads are inside a call; the highest bit says closed.
  private final AtomicInteger users = new AtomicInteger();

  LocalFile(LocalDisk disk, String path, int descriptor, boolean fallocate) {
    this.disk = disk;
    this.fallocate = fallocate;
    this.path = path;
    this.descriptor = descriptor;
  }

  /// A call that uses the descriptor.
  private interface Call<T> {
    T run() throws IOException;
  }

  private <T> T using(Call<T> call) throws IOException {
    if (users.getAndUpdate(count -> count < 0 ? count : count + 1) < 0) {
      throw LocalDisk.failure("use of closed file", path, Errno.EBADF);
    }
    try {
      return call.run();
    } catch (SystemCallException e) {
      throw LocalDisk.failed(e, path);
    } finally {
      if (users.decrementAndGet() == CLOSED) {
        Descriptors.close(descriptor);
      }
    }
  }

  @Override
  public int read(ByteBuffer into, long offset) throws IOException {
    int bytes = using(() -> into.isDirect() ? readDirect(into, offset) : readHeap(into, offset));
    into.position(into.position() + bytes);
    return bytes;
  }

  private int readDirect(ByteBuffer into, long offset) throws IOException {
    return (int) Descriptors.preadFully(descriptor, into, offset);
  }

  private int readHeap(ByteBuffer into, long offset) throws IOException {
    int done = 0;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(Math.max(1, Math.min(into.remaining(), COPY_BYTES_MAX)));
      while (done < into.remaining()) {
        MemorySegment part = copy.asSlice(0, Math.min(copy.byteSize(), into.remaining() - done));
        int bytes = (int) Descriptors.preadFully(descriptor, part, offset + done);
        into.put(into.position() + done, part.asByteBuffer(), 0, bytes);
        done += bytes;
        if (bytes < part.byteSize()) {
          break;
        }
      }
    }
    return done;
  }

  @Override
  public void write(ByteBuffer from, long offset) throws IOException {
    using(() -> {
      if (from.isDirect()) {
        Descriptors.pwriteFully(descriptor, from, offset);
      } else {
        writeHeap(from, offset);
      }
      return true;
    });
    from.position(from.limit());
  }

  private void writeHeap(ByteBuffer from, long offset) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(Math.max(1, Math.min(from.remaining(), COPY_BYTES_MAX)));
      int done = 0;
      while (done < from.remaining()) {
        int bytes = (int) Math.min(copy.byteSize(), from.remaining() - done);
        MemorySegment part = copy.asSlice(0, bytes);
        part.asByteBuffer().put(0, from, from.position() + done, bytes);
        Descriptors.pwriteFully(descriptor, part, offset + done);
        done += bytes;
      }
    }
  }

  @Override
  public void truncate(long length) throws IOException {
    using(() -> {
      FileRanges.truncate(descriptor, length);
      return true;
    });
  }

  @Override
  public void punch(long offset, long length) throws IOException {
    if (length > 0) {
      using(() -> {
        if (!tryAllocate(FileRanges.FALLOC_FL_PUNCH_HOLE | KEEP_SIZE, offset, length)) {
          writeZeros(offset, length);
        }
        return true;
      });
    }
  }

  @Override
  public void allocate(long offset, long length, boolean keepSize) throws IOException {
    if (length > 0) {
      using(() -> {
        if (!tryAllocate(keepSize ? KEEP_SIZE : 0, offset, length) && !keepSize) {
          grow(offset + length);
        }
        return true;
      });
    }
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    if (length > 0) {
      using(() -> {
        if (!tryAllocate(FileRanges.FALLOC_FL_ZERO_RANGE | KEEP_SIZE, offset, length)) {
          if (tryAllocate(FileRanges.FALLOC_FL_PUNCH_HOLE | KEEP_SIZE, offset, length)) {
            tryAllocate(KEEP_SIZE, offset, length);
          } else {
            writeZeros(offset, length);
          }
        }
        return true;
      });
    }
  }

  /// @return false if the file system has no such call
  private boolean tryAllocate(int mode, long offset, long length) throws IOException {
    if (offset < 0 || length > Long.MAX_VALUE - offset) {
      throw LocalDisk.failure("fallocate", path, offset < 0 ? Errno.EINVAL : Errno.EFBIG);
    }
    if (!fallocate) {
      return false;
    }
    try {
      FileRanges.allocate(descriptor, mode, offset, length);
      return true;
    } catch (SystemCallException e) {
      if (e.errno() == Errno.EOPNOTSUPP || e.errno() == Errno.ENOSYS) {
        return false;
      }
      throw e;
    }
  }

  private void grow(long length) throws SystemCallException {
    if (FileStatus.of(descriptor).sizeBytes() < length) {
      FileRanges.truncate(descriptor, length);
    }
  }

  /// Overwrites what the range has of data; holes stay.
  private void writeZeros(long offset, long length) throws SystemCallException {
    long end = Math.min(offset + length, FileStatus.of(descriptor).sizeBytes());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment zeros = arena.allocate(COPY_BYTES_MAX);
      long at = offset;
      while (at < end) {
        long data = FileRanges.seek(descriptor, at, FileRanges.SEEK_DATA);
        if (data < 0 || data >= end) {
          return;
        }
        long hole = FileRanges.seek(descriptor, data, FileRanges.SEEK_HOLE);
        long dataEnd = hole < 0 ? end : Math.min(end, hole);
        for (at = data; at < dataEnd; at += COPY_BYTES_MAX) {
          Descriptors.pwriteFully(
              descriptor, zeros.asSlice(0, Math.min(COPY_BYTES_MAX, dataEnd - at)), at);
        }
        at = dataEnd;
      }
    }
  }

  @Override
  public long seek(long offset, boolean hole) throws IOException {
    return using(() ->
        FileRanges.seek(descriptor, offset, hole ? FileRanges.SEEK_HOLE : FileRanges.SEEK_DATA));
  }

  @Override
  public long length() throws IOException {
    return using(() -> FileStatus.of(descriptor).sizeBytes());
  }

  @Override
  public long allocatedBytes() throws IOException {
    return using(() -> FileStatus.of(descriptor).allocatedBytes());
  }

  @Override
  public long modifiedSeconds() throws IOException {
    return using(() -> Math.floorDiv(FileStatus.of(descriptor).modifiedNanos(), SECOND_NANOS));
  }

  @Override
  public void sync(boolean dataOnly) throws IOException {
    using(() -> {
      try {
        if (dataOnly) {
          Descriptors.fdatasync(descriptor);
        } else {
          Descriptors.fsync(descriptor);
        }
      } catch (SystemCallException e) {
        disk.syncFailed();
        throw e;
      }
      return true;
    });
  }

  @Override
  public void close() throws IOException {
    if (users.getAndUpdate(count -> count | CLOSED) == 0) {
      try {
        Descriptors.close(descriptor);
      } catch (SystemCallException e) {
        throw LocalDisk.failed(e, path);
      }
    }
  }
}
