package org.skep.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.skep.linux.Native.INT;
import static org.skep.linux.Native.LONG;
import static org.skep.linux.Native.POINTER;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;

/// Bytes through connected stream sockets. SIGPIPE never arises (MSG_NOSIGNAL): a peer that's gone
/// is EPIPE or ECONNRESET. With a receive or send time-out ([SocketOptions]) a wait that's too long
/// is EAGAIN; after it a part may have moved, so the connection is worth nothing any more unless
/// the caller kept count. EINTR is retried.
public final class SocketData {
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_WAITALL = 0x100;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_MORE = 0x8000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;

  private static final MethodHandle RECV = Native.function("recv", LONG, INT, POINTER, LONG, INT);
  private static final MethodHandle SEND = Native.function("send", LONG, INT, POINTER, LONG, INT);
  private static final MethodHandle SENDMSG = Native.function("sendmsg", LONG, INT, POINTER, INT);
  private static final MethodHandle RECVMSG = Native.function("recvmsg", LONG, INT, POINTER, INT);

  private SocketData() {}

  /// What is there, at least one byte; 0 if the peer has ended the stream (or `target` is empty).
  public static long receive(int socket, MemorySegment target) throws SystemCallException {
    return Descriptors.checked("recv", tryReceive(socket, target, 0));
  }

  public static long receive(int socket, ByteBuffer target) throws SystemCallException {
    return receive(socket, Native.segment(target));
  }

  /// Fills `target` with one wake-up where the kernel can (MSG_WAITALL). Gives the bytes received:
  /// fewer only if the peer ended the stream.
  public static long receiveFully(int socket, MemorySegment target) throws SystemCallException {
    long wanted = target.byteSize();
    long done = 0;
    while (done < wanted) {
      long bytes = tryReceive(socket, done == 0 ? target : target.asSlice(done), MSG_WAITALL);
      if (bytes == 0) {
        break;
      }
      done += Descriptors.checked("recv", bytes);
    }
    return done;
  }

  public static long receiveFully(int socket, ByteBuffer target) throws SystemCallException {
    return receiveFully(socket, Native.segment(target));
  }

  /// What is there already: bytes, 0 at the end of the stream, or `-errno` (`-EAGAIN` if nothing is
  /// there). Never waits.
  public static long tryReceiveNow(int socket, MemorySegment target) {
    return tryReceive(socket, target, MSG_DONTWAIT);
  }

  /// One call with MSG_WAITALL: bytes (fewer than asked after the receive time-out or at the end of
  /// the stream), 0 at the end of the stream, or `-errno` (`-EAGAIN` after the receive time-out).
  public static long tryReceiveFully(int socket, MemorySegment target) {
    return tryReceive(socket, target, MSG_WAITALL);
  }

  private static long tryReceive(int socket, MemorySegment target, int flags) {
    MemorySegment errno = Native.errnoOfThread();
    while (true) {
      try {
        long bytes = (long) RECV.invokeExact(errno, socket, target, target.byteSize(), flags);
        if (bytes >= 0) {
          return bytes;
        }
      } catch (Throwable e) {
        throw Native.broken(e);
      }
      if (!Native.interrupted(errno)) {
        return -Native.errno(errno);
      }
    }
  }

  /// Sends all. `more` tells the kernel that more follows at once, so that a header travels with
  /// its payload.
  public static void send(int socket, MemorySegment source, boolean more)
      throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    int flags = more ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL;
    long wanted = source.byteSize();
    long done = 0;
    while (done < wanted) {
      MemorySegment rest = done == 0 ? source : source.asSlice(done);
      long bytes;
      try {
        bytes = (long) SEND.invokeExact(errno, socket, rest, wanted - done, flags);
      } catch (Throwable e) {
        throw Native.broken(e);
      }
      if (bytes >= 0) {
        done += bytes;
      } else if (!Native.interrupted(errno)) {
        throw Native.failure("send", errno);
      }
    }
  }

  public static void send(int socket, ByteBuffer source, boolean more) throws SystemCallException {
    send(socket, Native.segment(source), more);
  }

  /// Sends all that remains in `vector` with as few calls as possible; it's empty afterwards.
  public static void send(int socket, IoVector vector, boolean more) throws SystemCallException {
    while (vector.remainingBytes() > 0) {
      Descriptors.checked("sendmsg", trySend(socket, vector, more));
    }
  }

  /// One call: how many bytes went (taken from `vector`; not all after the send time-out), or
  /// `-errno` (`-EAGAIN` after the send time-out).
  public static long trySend(int socket, IoVector vector, boolean more) {
    MemorySegment errno = Native.errnoOfThread();
    MemorySegment message = Native.scratchOfThread();
    int flags = more ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL;
    header(message, vector.remaining(), vector.remainingCount(), MemorySegment.NULL, 0);
    while (true) {
      try {
        long bytes = (long) SENDMSG.invokeExact(errno, socket, message, flags);
        if (bytes >= 0) {
          vector.advance(bytes);
          return bytes;
        }
      } catch (Throwable e) {
        throw Native.broken(e);
      }
      if (!Native.interrupted(errno)) {
        return -Native.errno(errno);
      }
    }
  }

  /// Sends one byte and a descriptor over a Unix socket. The descriptor stays open here, too.
  public static void sendDescriptor(int socket, int descriptor) throws SystemCallException {
    MemorySegment message = Native.scratchOfThread();
    MemorySegment control = descriptorMessage(message);
    control.set(JAVA_LONG, 0, 20L);
    control.set(JAVA_INT, 8, SOL_SOCKET);
    control.set(JAVA_INT, 12, SCM_RIGHTS);
    control.set(JAVA_INT, 16, descriptor);
    MemorySegment errno = Native.errnoOfThread();
    long bytes;
    do {
      try {
        bytes = (long) SENDMSG.invokeExact(errno, socket, message, MSG_NOSIGNAL);
      } catch (Throwable e) {
        throw Native.broken(e);
      }
    } while (bytes < 0 && Native.interrupted(errno));
    if (bytes < 0) {
      throw Native.failure("sendmsg", errno);
    }
  }

  /// Receives one byte and the descriptor that comes with it, or -1 if the peer ended the stream or
  /// sent none. The caller closes it.
  public static int receiveDescriptor(int socket) throws SystemCallException {
    MemorySegment message = Native.scratchOfThread();
    MemorySegment control = descriptorMessage(message);
    MemorySegment errno = Native.errnoOfThread();
    long bytes;
    do {
      try {
        bytes = (long) RECVMSG.invokeExact(errno, socket, message, MSG_CMSG_CLOEXEC);
      } catch (Throwable e) {
        throw Native.broken(e);
      }
    } while (bytes < 0 && Native.interrupted(errno));
    if (bytes < 0) {
      throw Native.failure("recvmsg", errno);
    }
    boolean carries =
        bytes > 0
            && control.get(JAVA_LONG, 0) == 20
            && control.get(JAVA_INT, 8) == SOL_SOCKET
            && control.get(JAVA_INT, 12) == SCM_RIGHTS;
    return carries ? control.get(JAVA_INT, 16) : -1;
  }

  /// In the scratch area: msghdr at 0, iovec at 64, one data byte at 80, control message (24 bytes)
  /// at 96.
  private static MemorySegment descriptorMessage(MemorySegment scratch) {
    MemorySegment control = scratch.asSlice(96, 24).fill((byte) 0);
    MemorySegment vector = scratch.asSlice(64, 16);
    vector.set(JAVA_LONG, 0, scratch.address() + 80);
    vector.set(JAVA_LONG, 8, 1L);
    header(scratch, vector, 1, control, 24);
    return control;
  }

  /// `struct msghdr`: name 0, name length 8, iovec 16, count 24, control 32, control length 40,
  /// flags 48.
  private static void header(
      MemorySegment message,
      MemorySegment vector,
      int count,
      MemorySegment control,
      long controlBytes) {
    message.set(JAVA_LONG, 0, 0L);
    message.set(JAVA_LONG, 8, 0L);
    message.set(JAVA_LONG, 16, vector.address());
    message.set(JAVA_LONG, 24, count);
    message.set(JAVA_LONG, 32, control.address());
    message.set(JAVA_LONG, 40, controlBytes);
    message.set(JAVA_LONG, 48, 0L);
  }
}
