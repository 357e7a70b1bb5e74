package org.skep.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.skep.linux.Native.INT;
import static org.skep.linux.Native.LONG;
import static org.skep.linux.Native.POINTER;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.SocketAddress;

/// Blocking stream sockets over TCP (IPv4, IPv6) and Unix paths. Addresses are the JDK's
/// `InetSocketAddress` (resolved) and `UnixDomainSocketAddress`.
///
/// How a blocked thread is woken: [#shutdown] of a connected socket ends its receive with 0 and its
/// send with EPIPE; [#shutdown] of a listening TCP or Unix socket ends its accept with EINVAL.
/// Closing wakes nobody on Linux, and frees the number for others: shut down, let the thread
/// finish, then close. Data is moved by [SocketData].
public final class Sockets {
  public static final int SHUT_RD = 0;
  public static final int SHUT_WR = 1;
  public static final int SHUT_RDWR = 2;

  /// Linux's own cap (net.core.somaxconn) applies on top.
  public static final int BACKLOG = 4096;

  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int POLLOUT = 4;

  private static final MethodHandle SOCKET = Native.function("socket", INT, INT, INT, INT);
  private static final MethodHandle CONNECT = Native.function("connect", INT, INT, POINTER, INT);
  private static final MethodHandle SHUTDOWN = Native.function("shutdown", INT, INT, INT);
  private static final MethodHandle POLL = Native.function("poll", INT, POINTER, LONG, INT);

  /// What only servers need: linking a function takes milliseconds, which a short command is to be
  /// spared.
  private static final class Listening {
    static final MethodHandle SOCKETPAIR =
        Native.function("socketpair", INT, INT, INT, INT, POINTER);
    static final MethodHandle BIND = Native.function("bind", INT, INT, POINTER, INT);
    static final MethodHandle LISTEN = Native.function("listen", INT, INT, INT);
    static final MethodHandle ACCEPT4 = Native.function("accept4", INT, INT, POINTER, POINTER, INT);
    static final MethodHandle GETSOCKNAME =
        Native.function("getsockname", INT, INT, POINTER, POINTER);
    static final MethodHandle GETPEERNAME =
        Native.function("getpeername", INT, INT, POINTER, POINTER);

    private Listening() {}
  }

  private Sockets() {}

  /// A listening socket on the address, SO_REUSEADDR set; port 0 takes a free one (see
  /// [#localAddress]). An existing Unix path is EADDRINUSE: removing a stale one is the caller's
  /// decision. The caller closes it.
  public static int listen(SocketAddress address) throws SystemCallException {
    int socket = socket(SocketAddresses.family(address));
    try {
      if (SocketAddresses.family(address) != SocketAddresses.AF_UNIX) {
        SocketOptions.reuseAddress(socket, true);
      }
      bind(socket, address);
      MemorySegment errno = Native.errnoOfThread();
      if (invokeListen(errno, socket) < 0) {
        throw Native.failure("listen", address.toString(), errno);
      }
      return socket;
    } catch (SystemCallException e) {
      closeAfter(e, socket);
      throw e;
    }
  }

  private static int invokeListen(MemorySegment errno, int socket) {
    try {
      return (int) Listening.LISTEN.invokeExact(errno, socket, BACKLOG);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  private static void bind(int socket, SocketAddress address) throws SystemCallException {
    MemorySegment raw = Native.scratchOfThread();
    int length = SocketAddresses.encode(address, raw);
    MemorySegment errno = Native.errnoOfThread();
    int result;
    try {
      result = (int) Listening.BIND.invokeExact(errno, socket, raw, length);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0) {
      throw Native.failure("bind", address.toString(), errno);
    }
  }

  /// Waits for the next connection. EINTR and ECONNABORTED (a peer gone before we looked) are
  /// retried; EMFILE and ENFILE leave the connection waiting, so pause before the next try; EINVAL
  /// after [#shutdown]; EAGAIN on a non-blocking or timed listener. The caller closes it.
  public static int accept(int listener) throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    while (true) {
      int socket;
      try {
        socket =
            (int)
                Listening.ACCEPT4.invokeExact(
                    errno, listener, MemorySegment.NULL, MemorySegment.NULL, SOCK_CLOEXEC);
      } catch (Throwable e) {
        throw Native.broken(e);
      }
      if (socket >= 0) {
        return socket;
      }
      if (!Native.interrupted(errno) && Native.errno(errno) != Errno.ECONNABORTED.number()) {
        throw Native.failure("accept4", errno);
      }
    }
  }

  /// A connected, blocking socket, or ETIMEDOUT after `timeoutMillis` (above 0). The send time-out
  /// is 0 afterwards. A signal in between makes the wait start again, so the whole may take longer,
  /// at most three times as long. The caller closes it.
  public static int connect(SocketAddress address, int timeoutMillis) throws SystemCallException {
    if (timeoutMillis <= 0) {
      throw new IllegalArgumentException("timeout " + timeoutMillis);
    }
    int socket = socket(SocketAddresses.family(address));
    try {
      SocketOptions.sendTimeout(socket, timeoutMillis);
      int error = tryConnect(socket, address);
      if (error == Errno.EINTR.number()) {
        error = finishConnect(socket, timeoutMillis);
      }
      if (error == Errno.EINPROGRESS.number() || error == Errno.EAGAIN.number()) {
        error = Errno.ETIMEDOUT.number();
      }
      if (error != 0) {
        throw new SystemCallException("connect", address.toString(), Errno.of(error));
      }
      SocketOptions.sendTimeout(socket, 0);
      return socket;
    } catch (SystemCallException e) {
      closeAfter(e, socket);
      throw e;
    }
  }

  private static int tryConnect(int socket, SocketAddress address) throws SystemCallException {
    MemorySegment raw = Native.scratchOfThread();
    int length = SocketAddresses.encode(address, raw);
    MemorySegment errno = Native.errnoOfThread();
    try {
      return (int) CONNECT.invokeExact(errno, socket, raw, length) == 0 ? 0 : Native.errno(errno);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  /// An interrupted connect goes on in the background: waits for its end and gives its errno, 0 for
  /// success.
  private static int finishConnect(int socket, int timeoutMillis) throws SystemCallException {
    for (int attempt = 0; attempt < 2; attempt++) {
      int ready = poll(socket, POLLOUT, timeoutMillis);
      if (ready >= 0) {
        return ready == 0 ? Errno.ETIMEDOUT.number() : SocketOptions.takeError(socket);
      }
    }
    return Errno.ETIMEDOUT.number();
  }

  /// Waits until `events` (POLLIN 1, POLLOUT 4) are ready: the ready events (POLLERR 8, POLLHUP 16
  /// too), 0 after `timeoutMillis` (-1 waits for ever), or -1 after a signal, which is not retried.
  public static int poll(int descriptor, int events, int timeoutMillis) throws SystemCallException {
    MemorySegment pollfd = Native.scratchOfThread();
    pollfd.set(JAVA_INT, 0, descriptor);
    pollfd.set(JAVA_INT, 4, events & 0xffff);
    MemorySegment errno = Native.errnoOfThread();
    int result;
    try {
      result = (int) POLL.invokeExact(errno, pollfd, 1L, timeoutMillis);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result >= 0) {
      return result == 0 ? 0 : pollfd.get(JAVA_INT, 4) >>> 16;
    }
    if (Native.interrupted(errno)) {
      return -1;
    }
    throw Native.failure("poll", errno);
  }

  /// Two Unix stream sockets connected to each other; the caller closes both.
  public static int[] pair() throws SystemCallException {
    MemorySegment ends = Native.scratchOfThread();
    MemorySegment errno = Native.errnoOfThread();
    int result;
    try {
      result =
          (int)
              Listening.SOCKETPAIR.invokeExact(
                  errno, SocketAddresses.AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0) {
      throw Native.failure("socketpair", errno);
    }
    return new int[] {ends.get(JAVA_INT, 0), ends.get(JAVA_INT, 4)};
  }

  /// Ends one or both directions and wakes whoever waits there. A socket that's no longer connected
  /// (ENOTCONN) is none of our trouble.
  public static void shutdown(int socket, int how) throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    int result;
    try {
      result = (int) SHUTDOWN.invokeExact(errno, socket, how);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0 && Native.errno(errno) != Errno.ENOTCONN.number()) {
      throw Native.failure("shutdown", errno);
    }
  }

  public static SocketAddress localAddress(int socket) throws SystemCallException {
    return name("getsockname", Listening.GETSOCKNAME, socket);
  }

  /// ENOTCONN when the connection is gone.
  public static SocketAddress peerAddress(int socket) throws SystemCallException {
    return name("getpeername", Listening.GETPEERNAME, socket);
  }

  private static SocketAddress name(String call, MethodHandle handle, int socket)
      throws SystemCallException {
    MemorySegment raw = Native.scratchOfThread();
    MemorySegment length = raw.asSlice(SocketAddresses.BYTES_MAX, 4);
    length.set(JAVA_INT, 0, SocketAddresses.BYTES_MAX);
    MemorySegment errno = Native.errnoOfThread();
    int result;
    try {
      result = (int) handle.invokeExact(errno, socket, raw, length);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0) {
      throw Native.failure(call, errno);
    }
    return SocketAddresses.decode(raw, length.get(JAVA_INT, 0));
  }

  private static int socket(int family) throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    int socket;
    try {
      socket = (int) SOCKET.invokeExact(errno, family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (socket < 0) {
      throw Native.failure("socket", errno);
    }
    return socket;
  }

  private static void closeAfter(SystemCallException first, int socket) {
    try {
      Descriptors.close(socket);
    } catch (SystemCallException e) {
      first.addSuppressed(e);
    }
  }
}
