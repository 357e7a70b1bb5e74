package org.skep.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.skep.linux.Native.INT;
import static org.skep.linux.Native.POINTER;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// setsockopt(2) and getsockopt(2) by name. Levels and numbers are those of x86-64 and aarch64.
public final class SocketOptions {
  private static final int SOL_SOCKET = 1;
  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_IPV6 = 41;
  private static final int SO_REUSEADDR = 2;
  private static final int SO_ERROR = 4;
  private static final int SO_SNDBUF = 7;
  private static final int SO_RCVBUF = 8;
  private static final int SO_KEEPALIVE = 9;
  private static final int SO_PEERCRED = 17;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;
  private static final int TCP_NODELAY = 1;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_KEEPINTVL = 5;
  private static final int TCP_KEEPCNT = 6;
  private static final int TCP_QUICKACK = 12;
  private static final int TCP_USER_TIMEOUT = 18;
  private static final int IPV6_V6ONLY = 26;

  private static final MethodHandle SETSOCKOPT =
      Native.function("setsockopt", INT, INT, INT, INT, POINTER, INT);

  /// On its own: a short command only sets options, and linking takes milliseconds.
  private static final class Asking {
    static final MethodHandle GETSOCKOPT =
        Native.function("getsockopt", INT, INT, INT, INT, POINTER, POINTER);

    private Asking() {}
  }

  private SocketOptions() {}

  /// A receive that waits longer fails with EAGAIN; 0 waits for ever. Resolution is that of the
  /// kernel's tick (1 to 10 ms).
  public static void receiveTimeout(int socket, int timeoutMillis) throws SystemCallException {
    setTime(socket, SO_RCVTIMEO, timeoutMillis);
  }

  /// A send that waits longer fails with EAGAIN (a connect with EINPROGRESS); 0 waits for ever.
  public static void sendTimeout(int socket, int timeoutMillis) throws SystemCallException {
    setTime(socket, SO_SNDTIMEO, timeoutMillis);
  }

  /// TCP only: sends small segments at once.
  public static void noDelay(int socket, boolean on) throws SystemCallException {
    setInt(socket, IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0);
  }

  /// TCP only: acknowledge at once; the kernel forgets it as it likes.
  public static void quickAcknowledge(int socket, boolean on) throws SystemCallException {
    setInt(socket, IPPROTO_TCP, TCP_QUICKACK, on ? 1 : 0);
  }

  /// TCP only: data unacknowledged for longer than this ends the connection with ETIMEDOUT; 0
  /// leaves it to the system.
  public static void userTimeout(int socket, int timeoutMillis) throws SystemCallException {
    setInt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, timeoutMillis);
  }

  /// TCP only: probes an idle peer after `idleSeconds`, then every `intervalSeconds`; gives up
  /// after `probesMax`.
  public static void keepAlive(int socket, int idleSeconds, int intervalSeconds, int probesMax)
      throws SystemCallException {
    setInt(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    setInt(socket, IPPROTO_TCP, TCP_KEEPIDLE, idleSeconds);
    setInt(socket, IPPROTO_TCP, TCP_KEEPINTVL, intervalSeconds);
    setInt(socket, IPPROTO_TCP, TCP_KEEPCNT, probesMax);
  }

  public static void reuseAddress(int socket, boolean on) throws SystemCallException {
    setInt(socket, SOL_SOCKET, SO_REUSEADDR, on ? 1 : 0);
  }

  /// Whether an IPv6 listener refuses IPv4 peers.
  public static void onlyIpv6(int socket, boolean on) throws SystemCallException {
    setInt(socket, IPPROTO_IPV6, IPV6_V6ONLY, on ? 1 : 0);
  }

  /// The kernel doubles the number and caps it at net.core.rmem_max; switches automatic tuning off.
  public static void receiveBuffer(int socket, int bytes) throws SystemCallException {
    setInt(socket, SOL_SOCKET, SO_RCVBUF, bytes);
  }

  /// The kernel doubles the number and caps it at net.core.wmem_max; switches automatic tuning off.
  public static void sendBuffer(int socket, int bytes) throws SystemCallException {
    setInt(socket, SOL_SOCKET, SO_SNDBUF, bytes);
  }

  /// The error waiting on the socket, 0 for none; asking clears it.
  static int takeError(int socket) throws SystemCallException {
    return get(socket, SO_ERROR, 4).get(JAVA_INT, 0);
  }

  /// Unix stream sockets only.
  public static PeerCredentials peerCredentials(int socket) throws SystemCallException {
    MemorySegment value = get(socket, SO_PEERCRED, 12);
    return new PeerCredentials(
        value.get(JAVA_INT, 0), value.get(JAVA_INT, 4), value.get(JAVA_INT, 8));
  }

  private static void setTime(int socket, int option, int millis) throws SystemCallException {
    if (millis < 0) {
      throw new IllegalArgumentException("timeout " + millis);
    }
    MemorySegment value = Native.scratchOfThread();
    value.set(JAVA_LONG, 0, millis / 1000);
    value.set(JAVA_LONG, 8, millis % 1000 * 1000L);
    set(socket, SOL_SOCKET, option, value, 16);
  }

  private static void setInt(int socket, int level, int option, int number)
      throws SystemCallException {
    MemorySegment value = Native.scratchOfThread();
    value.set(JAVA_INT, 0, number);
    set(socket, level, option, value, 4);
  }

  private static void set(int socket, int level, int option, MemorySegment value, int lengthBytes)
      throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    int result;
    try {
      result = (int) SETSOCKOPT.invokeExact(errno, socket, level, option, value, lengthBytes);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0) {
      throw Native.failure("setsockopt", errno);
    }
  }

  private static MemorySegment get(int socket, int option, int lengthBytes)
      throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    MemorySegment value = Native.scratchOfThread();
    MemorySegment length = value.asSlice(64, 4);
    length.set(JAVA_INT, 0, lengthBytes);
    int result;
    try {
      result =
          (int) Asking.GETSOCKOPT.invokeExact(errno, socket, SOL_SOCKET, option, value, length);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0) {
      throw Native.failure("getsockopt", errno);
    }
    return value;
  }
}
