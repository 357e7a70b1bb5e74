package org.skep.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// `struct sockaddr` to and from the JDK's addresses.
///
/// ```
/// sockaddr_in   0 family u16 | 2 port u16 big-endian | 4 address 4 bytes | 8 zeros                         16 bytes
/// sockaddr_in6  0 family u16 | 2 port u16 big-endian | 4 flow u32 | 8 address 16 bytes | 24 scope u32      28 bytes
/// sockaddr_un   0 family u16 | 2 path, NUL-terminated                                                 at most 110 bytes
/// ```
final class SocketAddresses {
  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  /// More than any address needs.
  static final int BYTES_MAX = 128;

  private static final int UNIX_PATH_BYTES_MAX = 107;
  private static final ValueLayout.OfShort PORT =
      JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private SocketAddresses() {}

  static int family(SocketAddress address) {
    return switch (address) {
      case UnixDomainSocketAddress _ -> AF_UNIX;
      case InetSocketAddress inet when inet.getAddress() instanceof Inet6Address -> AF_INET6;
      case InetSocketAddress _ -> AF_INET;
      default -> throw new IllegalArgumentException("address " + address);
    };
  }

  /// Writes the address at the start of `target` (at least [#BYTES_MAX] bytes) and gives its
  /// length. An unresolved name is EADDRNOTAVAIL, a Unix path over 107 bytes ENAMETOOLONG.
  static int encode(SocketAddress address, MemorySegment target) throws SystemCallException {
    return switch (address) {
      case UnixDomainSocketAddress unix -> encodeUnix(unix, target);
      case InetSocketAddress inet -> encodeInet(inet, target);
      default -> throw new IllegalArgumentException("address " + address);
    };
  }

  private static int encodeUnix(UnixDomainSocketAddress address, MemorySegment target)
      throws SystemCallException {
    byte[] path = address.getPath().toString().getBytes(StandardCharsets.UTF_8);
    if (path.length > UNIX_PATH_BYTES_MAX) {
      throw new SystemCallException("sockaddr", address.toString(), Errno.ENAMETOOLONG);
    }
    target.set(JAVA_SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(path, 0, target, JAVA_BYTE, 2, path.length);
    target.set(JAVA_BYTE, 2 + path.length, (byte) 0);
    return 2 + path.length + 1;
  }

  private static int encodeInet(InetSocketAddress address, MemorySegment target)
      throws SystemCallException {
    if (address.isUnresolved()) {
      throw new SystemCallException("sockaddr", address.toString(), Errno.EADDRNOTAVAIL);
    }
    byte[] bytes = address.getAddress().getAddress();
    target.set(PORT, 2, (short) address.getPort());
    target.set(JAVA_INT, 4, 0);
    if (address.getAddress() instanceof Inet6Address six) {
      target.set(JAVA_SHORT, 0, (short) AF_INET6);
      MemorySegment.copy(bytes, 0, target, JAVA_BYTE, 8, 16);
      target.set(JAVA_INT, 24, six.getScopeId());
      return 28;
    }
    assert address.getAddress() instanceof Inet4Address;
    target.set(JAVA_SHORT, 0, (short) AF_INET);
    MemorySegment.copy(bytes, 0, target, JAVA_BYTE, 4, 4);
    target.set(ValueLayout.JAVA_LONG, 8, 0L);
    return 16;
  }

  /// The address in the first `lengthBytes` of `source`. A Unix socket without a name has the empty
  /// path.
  static SocketAddress decode(MemorySegment source, int lengthBytes) {
    int family = lengthBytes < 2 ? AF_UNIX : source.get(JAVA_SHORT, 0);
    return switch (family) {
      case AF_UNIX -> UnixDomainSocketAddress.of(decodePath(source, lengthBytes));
      case AF_INET -> new InetSocketAddress(inet(source, 4, 4, 0), source.get(PORT, 2) & 0xffff);
      case AF_INET6 ->
          new InetSocketAddress(
              inet(source, 8, 16, source.get(JAVA_INT, 24)), source.get(PORT, 2) & 0xffff);
      default -> throw new IllegalStateException("socket family " + family);
    };
  }

  private static String decodePath(MemorySegment source, int lengthBytes) {
    int end = 2;
    while (end < lengthBytes && source.get(JAVA_BYTE, end) != 0) {
      end++;
    }
    if (end <= 2) {
      return "";
    }
    return new String(source.asSlice(2, end - 2).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
  }

  private static InetAddress inet(MemorySegment source, long offset, int length, int scope) {
    byte[] bytes = source.asSlice(offset, length).toArray(JAVA_BYTE);
    try {
      return scope == 0
          ? InetAddress.getByAddress(bytes)
          : Inet6Address.getByAddress(null, bytes, scope);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
