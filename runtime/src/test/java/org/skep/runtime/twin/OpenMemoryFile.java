package org.skep.runtime.twin;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.skep.linux.Errno;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;

/// An open file of a [MemoryDisk]. All of its state is guarded by the disk's lock.
final class OpenMemoryFile implements Disk.File {
  private static final int PAGE_BYTES = MemoryFile.PAGE_BYTES;

  private final MemoryDisk disk;
  private final String path;
  private final MemoryFile file;
  private final int life;
  private boolean closed;

  OpenMemoryFile(MemoryDisk disk, String path, MemoryFile file, int life) {
    this.disk = disk;
    this.path = path;
    this.file = file;
    this.life = life;
  }

  private void check(String call) throws DiskException {
    if (closed) {
      throw MemoryDisk.failure("use of closed file", path, Errno.EBADF);
    }
    if (!disk.isLife(life)) {
      throw MemoryDisk.failure(call, path, Errno.EIO);
    }
  }

  private void changed() {
    file.modifiedSeconds = disk.seconds();
  }

  /// What Linux says to ranges that can't be.
  private void checkRange(String call, long offset, long length) throws DiskException {
    if (offset < 0 || length < 0) {
      throw MemoryDisk.failure(call, path, Errno.EINVAL);
    }
    if (offset > Long.MAX_VALUE - length) {
      throw MemoryDisk.failure(call, path, Errno.EFBIG);
    }
  }

  @Override
  public int read(ByteBuffer into, long offset) throws IOException {
    disk.hook("read", path);
    synchronized (disk.lock()) {
      check("pread");
      checkRange("pread", offset, 0);
      long end = Math.max(offset, Math.min(file.length(), saturated(offset, into.remaining())));
      for (long at = offset; at < end; ) {
        int from = (int) (at % PAGE_BYTES);
        int bytes = (int) Math.min(PAGE_BYTES - from, end - at);
        byte[] page = file.page(at / PAGE_BYTES);
        into.put(page == null ? MemoryFile.RESERVED : page, from, bytes);
        at += bytes;
      }
      return (int) (end - offset);
    }
  }

  @Override
  public void write(ByteBuffer from, long offset) throws IOException {
    disk.hook("write", path);
    synchronized (disk.lock()) {
      check("pwrite");
      checkRange("pwrite", offset, from.remaining());
      changed();
      ByteBuffer rest = from.duplicate();
      for (long at = offset; rest.hasRemaining(); ) {
        int into = (int) (at % PAGE_BYTES);
        int bytes = Math.min(PAGE_BYTES - into, rest.remaining());
        takePage("pwrite", at / PAGE_BYTES);
        rest.get(file.pageToWrite(at / PAGE_BYTES), into, bytes);
        at += bytes;
        file.setLength(Math.max(file.length(), at));
      }
    }
    from.position(from.limit());
  }

  /// As on a real disk, a write that finds no more space leaves what it wrote before.
  private void takePage(String call, long index) throws DiskException {
    if (!file.hasPage(index) && !disk.takePages(1)) {
      throw MemoryDisk.failure(call, path, Errno.ENOSPC);
    }
  }

  @Override
  public void truncate(long length) throws IOException {
    disk.hook("truncate", path);
    synchronized (disk.lock()) {
      check("ftruncate");
      checkRange("ftruncate", length, 0);
      changed();
      if (length < file.length()) {
        clear(length, Long.MAX_VALUE);
      }
      file.setLength(length);
    }
  }

  @Override
  public void punch(long offset, long length) throws IOException {
    disk.hook("punch", path);
    synchronized (disk.lock()) {
      check("fallocate");
      checkRange("fallocate", offset, length);
      changed();
      clear(offset, offset + length);
    }
  }

  /// Frees whole pages from offset to end, and makes the ends of others zeros.
  private void clear(long offset, long end) {
    if (offset >= end) {
      return;
    }
    long freed = 0;
    for (long index : file.pagesIn(offset / PAGE_BYTES, (end - 1) / PAGE_BYTES)) {
      long pageStart = index * PAGE_BYTES;
      if (pageStart >= offset && end - pageStart >= PAGE_BYTES) {
        file.removePage(index);
        freed++;
      } else if (file.isData(index)) {
        byte[] page = file.pageToWrite(index);
        int from = (int) Math.max(0, offset - pageStart);
        int to = (int) Math.min(PAGE_BYTES, end - pageStart);
        Arrays.fill(page, from, to, (byte) 0);
      }
    }
    disk.freePages(freed);
  }

  @Override
  public void allocate(long offset, long length, boolean keepSize) throws IOException {
    disk.hook("allocate", path);
    synchronized (disk.lock()) {
      check("fallocate");
      checkRange("fallocate", offset, length);
      changed();
      if (length > 0) {
        reserve(offset, length);
        if (!keepSize) {
          file.setLength(Math.max(file.length(), offset + length));
        }
      }
    }
  }

  private void reserve(long offset, long length) throws DiskException {
    long first = offset / PAGE_BYTES;
    long last = (offset + length - 1) / PAGE_BYTES;
    long missing = last - first + 1 - file.pagesIn(first, last).length;
    if (!disk.takePages(missing)) {
      throw MemoryDisk.failure("fallocate", path, Errno.ENOSPC);
    }
    for (long index = first; missing > 0; index++) {
      if (!file.hasPage(index)) {
        file.reserve(index);
        missing--;
      }
    }
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    disk.hook("zero", path);
    synchronized (disk.lock()) {
      check("fallocate");
      checkRange("fallocate", offset, length);
      changed();
      if (length > 0) {
        clear(offset, offset + length);
        reserve(offset, length);
      }
    }
  }

  @Override
  public long seek(long offset, boolean hole) throws IOException {
    disk.hook("seek", path);
    synchronized (disk.lock()) {
      check("lseek");
      if (offset < 0 || offset >= file.length()) {
        return -1;
      }
      return hole ? seekHole(offset) : seekData(offset);
    }
  }

  private long seekHole(long offset) {
    long index = offset / PAGE_BYTES;
    while (file.isData(index)) {
      index++;
    }
    return Math.min(file.length(), Math.max(offset, index * PAGE_BYTES));
  }

  private long seekData(long offset) {
    long index = file.pageFrom(offset / PAGE_BYTES);
    while (index >= 0 && !file.isData(index)) {
      index = file.pageFrom(index + 1);
    }
    long found = Math.max(offset, index * PAGE_BYTES);
    return index < 0 || found >= file.length() ? -1 : found;
  }

  @Override
  public long length() throws IOException {
    disk.hook("length", path);
    synchronized (disk.lock()) {
      check("statx");
      return file.length();
    }
  }

  @Override
  public long allocatedBytes() throws IOException {
    disk.hook("allocatedBytes", path);
    synchronized (disk.lock()) {
      check("statx");
      return (long) file.pageCount() * PAGE_BYTES;
    }
  }

  @Override
  public long modifiedSeconds() throws IOException {
    disk.hook("modifiedSeconds", path);
    synchronized (disk.lock()) {
      check("statx");
      return file.modifiedSeconds;
    }
  }

  @Override
  public void sync(boolean dataOnly) throws IOException {
    try {
      disk.hook("sync", path);
    } catch (DiskException e) {
      disk.syncFailed();
      throw e;
    }
    synchronized (disk.lock()) {
      check("fsync");
      file.sync();
    }
  }

  @Override
  public void close() {
    synchronized (disk.lock()) {
      if (!closed && disk.isLife(life)) {
        file.openCount--;
        disk.release(file);
      }
      closed = true;
    }
  }

  private static long saturated(long offset, long length) {
    return offset > Long.MAX_VALUE - length ? Long.MAX_VALUE : offset + length;
  }
}
