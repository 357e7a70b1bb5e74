package org.skep.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.skep.linux.Native.INT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// An eventfd: a counter that makes its descriptor readable while above 0. Wakes a thread that
/// waits in [Epoll]. Thread-safe.
public final class EventDescriptor implements AutoCloseable {
  private static final int EFD_CLOEXEC = 0x80000;
  private static final int EFD_NONBLOCK = 0x800;
  private static final MethodHandle EVENTFD = Native.function("eventfd", INT, INT, INT);

  private final int descriptor;

  public EventDescriptor() throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    try {
      descriptor = (int) EVENTFD.invokeExact(errno, 0, EFD_CLOEXEC | EFD_NONBLOCK);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (descriptor < 0) {
      throw Native.failure("eventfd", errno);
    }
  }

  public int descriptor() {
    return descriptor;
  }

  /// Makes it readable. Never waits: at the counter's limit it's readable anyway.
  public void signal() throws SystemCallException {
    MemorySegment one = Native.scratchOfThread().asSlice(0, 8);
    one.set(JAVA_LONG, 0, 1L);
    check("write", Descriptors.tryWrite(descriptor, one));
  }

  /// Sets the counter to 0.
  public void drain() throws SystemCallException {
    check("read", Descriptors.tryRead(descriptor, Native.scratchOfThread().asSlice(0, 8)));
  }

  private static void check(String call, long result) throws SystemCallException {
    if (result < 0 && result != -Errno.EAGAIN.number()) {
      throw Native.negative(call, result);
    }
  }

  @Override
  public void close() throws SystemCallException {
    Descriptors.close(descriptor);
  }
}
