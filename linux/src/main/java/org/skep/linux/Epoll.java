package org.skep.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.skep.linux.Native.INT;
import static org.skep.linux.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// An epoll instance. [#add], [#modify] and [#remove] may be called by any thread, also while
/// another waits; each waiting thread brings its own [Events].
///
/// `struct epoll_event` is packed on x86-64 (12 bytes) and padded elsewhere (16 bytes).
public final class Epoll implements AutoCloseable {
  public static final int EPOLLIN = 1;
  public static final int EPOLLOUT = 4;
  public static final int EPOLLERR = 8;
  public static final int EPOLLHUP = 0x10;
  public static final int EPOLLRDHUP = 0x2000;
  public static final int EPOLLEXCLUSIVE = 1 << 28;
  public static final int EPOLLONESHOT = 1 << 30;
  public static final int EPOLLET = 1 << 31;

  private static final int EPOLL_CLOEXEC = 0x80000;
  private static final int ADD = 1;
  private static final int REMOVE = 2;
  private static final int MODIFY = 3;
  private static final long EVENT_BYTES = Native.X86_64 ? 12 : 16;
  private static final long DATA_OFFSET = Native.X86_64 ? 4 : 8;

  private static final MethodHandle CREATE = Native.function("epoll_create1", INT, INT);
  private static final MethodHandle CONTROL =
      Native.function("epoll_ctl", INT, INT, INT, INT, POINTER);
  private static final MethodHandle WAIT =
      Native.function("epoll_wait", INT, INT, POINTER, INT, INT);

  private final int descriptor;

  public Epoll() throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    try {
      descriptor = (int) CREATE.invokeExact(errno, EPOLL_CLOEXEC);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (descriptor < 0) {
      throw Native.failure("epoll_create1", errno);
    }
  }

  /// Watches a descriptor; `data` comes back with its events. With EPOLLONESHOT it reports once,
  /// until [#modify].
  public void add(int watched, int events, long data) throws SystemCallException {
    control(ADD, watched, events, data);
  }

  public void modify(int watched, int events, long data) throws SystemCallException {
    control(MODIFY, watched, events, data);
  }

  /// Must come before the descriptor is closed, if a duplicate of it lives on.
  public void remove(int watched) throws SystemCallException {
    control(REMOVE, watched, 0, 0);
  }

  private void control(int operation, int watched, int events, long data)
      throws SystemCallException {
    MemorySegment event = Native.scratchOfThread();
    event.set(JAVA_INT, 0, events);
    event.set(JAVA_LONG_UNALIGNED, DATA_OFFSET, data);
    MemorySegment errno = Native.errnoOfThread();
    int result;
    try {
      result = (int) CONTROL.invokeExact(errno, descriptor, operation, watched, event);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0) {
      throw Native.failure("epoll_ctl", errno);
    }
  }

  /// Waits up to `timeoutMillis` (-1 for ever, 0 not at all) and gives how many events are in
  /// `events`. 0 after the time or after a signal: EINTR isn't retried, since the caller knows how
  /// long it still wants to wait.
  public int await(Events events, int timeoutMillis) throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    int count;
    try {
      count =
          (int) WAIT.invokeExact(errno, descriptor, events.memory, events.eventsMax, timeoutMillis);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (count >= 0) {
      return count;
    }
    if (Native.interrupted(errno)) {
      return 0;
    }
    throw Native.failure("epoll_wait", errno);
  }

  @Override
  public void close() throws SystemCallException {
    Descriptors.close(descriptor);
  }

  /// Room for the events of one wait; belongs to one thread.
  public static final class Events {
    private final MemorySegment memory;
    private final int eventsMax;

    public Events(int eventsMax) {
      if (eventsMax < 1 || eventsMax > 65536) {
        throw new IllegalArgumentException("events " + eventsMax);
      }
      this.eventsMax = eventsMax;
      memory = Arena.ofAuto().allocate(eventsMax * EVENT_BYTES, 8);
    }

    /// The bits that are ready; EPOLLERR and EPOLLHUP come unasked.
    public int events(int index) {
      return memory.get(JAVA_INT_UNALIGNED, index * EVENT_BYTES);
    }

    public long data(int index) {
      return memory.get(JAVA_LONG_UNALIGNED, index * EVENT_BYTES + DATA_OFFSET);
    }
  }
}
