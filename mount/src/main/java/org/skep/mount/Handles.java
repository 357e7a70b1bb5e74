package org.skep.mount;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.skep.client.ErrnoException;
import org.skep.linux.Errno;

/// The numbers by which the kernel names what it has open. Any thread.
final class Handles<T> {
  private static final int EBADF = Errno.EBADF.number();
  private static final int ENFILE = Errno.ENFILE.number();

  /// More than any process limit allows; a kernel that never releases would else fill our memory.
  private static final int COUNT_MAX = 4_000_000;

  private final ConcurrentHashMap<Long, T> open = new ConcurrentHashMap<>();
  private final AtomicLong last = new AtomicLong();

  /// @throws ErrnoException ENFILE if too many are open
  long add(T value) throws ErrnoException {
    if (open.size() >= COUNT_MAX) {
      throw new ErrnoException(ENFILE, COUNT_MAX + " files are open on this mount");
    }
    long handle = last.incrementAndGet();
    open.put(handle, value);
    return handle;
  }

  /// @throws ErrnoException EBADF if the kernel names one that is not open
  T get(long handle) throws ErrnoException {
    T value = open.get(handle);
    if (value == null) {
      throw new ErrnoException(EBADF, "handle " + handle + " is not open");
    }
    return value;
  }

  T remove(long handle) throws ErrnoException {
    T value = open.remove(handle);
    if (value == null) {
      throw new ErrnoException(EBADF, "handle " + handle + " is not open");
    }
    return value;
  }
}
