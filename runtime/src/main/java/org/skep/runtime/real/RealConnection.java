package org.skep.runtime.real;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import org.skep.linux.Errno;
import org.skep.linux.IoVector;
import org.skep.linux.SocketData;
import org.skep.linux.SocketOptions;
import org.skep.linux.Sockets;
import org.skep.linux.SystemCallException;
import org.skep.runtime.port.Connection;

/// A connected stream socket, TCP or Unix.
final class RealConnection implements Connection {
  private static final int POLLIN = 1;
  private static final int PIECES_MAX = 8;
  private static final int BOUNCE_BYTES = 64 << 10;
  private static final long NANOS_OF_MILLI = 1_000_000L;

  /// What is not direct memory passes through here.
  private static final ThreadLocal<ByteBuffer> BOUNCE =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BOUNCE_BYTES));

  private final RealNetwork network;
  private final GuardedSocket socket;
  private final long key;
  private final IoVector vector = new IoVector(PIECES_MAX);
  private boolean watched;
  private volatile long timeoutNanos;

  /// @param key unique among the connections of the network
  RealConnection(RealNetwork network, int descriptor, String peer, long key) {
    this.network = network;
    this.socket = new GuardedSocket(descriptor, peer);
    this.key = key;
  }

  @Override
  public void setTimeoutNanos(long nanos) throws IOException {
    int millis = millis(nanos);
    int descriptor = socket.acquire();
    try {
      SocketOptions.receiveTimeout(descriptor, millis);
      SocketOptions.sendTimeout(descriptor, millis);
      timeoutNanos = nanos;
    } finally {
      socket.release();
    }
  }

  /// Rounded up, so that a time-out never comes early.
  static int millis(long nanos) {
    return (int) Math.min((nanos + NANOS_OF_MILLI - 1) / NANOS_OF_MILLI, Integer.MAX_VALUE);
  }

  @Override
  public void readFully(ByteBuffer into) throws IOException {
    int descriptor = socket.acquire();
    try {
      Stall stall = new Stall();
      while (into.hasRemaining()) {
        int wanted = into.remaining();
        int bytes = into.isDirect() ? receive(descriptor, into) : receiveBounced(descriptor, into);
        if (bytes < wanted && (into.isDirect() || bytes < BOUNCE_BYTES)) {
          stall.afterPart("sends");
        }
      }
    } finally {
      socket.release();
    }
  }

  private int receive(int descriptor, ByteBuffer into) throws IOException {
    long bytes = SocketData.tryReceiveFully(descriptor, MemorySegment.ofBuffer(into));
    if (bytes <= 0) {
      throw bytes == 0 ? ended() : failure((int) -bytes, "sends");
    }
    into.position(into.position() + (int) bytes);
    return (int) bytes;
  }

  private int receiveBounced(int descriptor, ByteBuffer into) throws IOException {
    ByteBuffer bounce = BOUNCE.get().clear();
    int bytes = receive(descriptor, bounce.limit(Math.min(BOUNCE_BYTES, into.remaining())));
    into.put(bounce.flip());
    return bytes;
  }

  @Override
  public void writeFully(ByteBuffer... from) throws IOException {
    int descriptor = socket.acquire();
    try {
      Stall stall = new Stall();
      int first = advance(from, 0, 0);
      while (first < from.length) {
        int next = fill(from, first);
        boolean more = next < from.length || from[next - 1].remaining() > BOUNCE_BYTES;
        long wanted = vector.remainingBytes();
        long bytes = SocketData.trySend(descriptor, vector, more);
        if (bytes < 0) {
          throw failure((int) -bytes, "receives");
        }
        first = advance(from, first, bytes);
        if (bytes < wanted) {
          stall.afterPart("receives");
        }
      }
    } finally {
      vector.clear();
      socket.release();
    }
  }

  /// Puts what the next call shall send into the vector; at most one piece that is not direct, as
  /// the last.
  ///
  /// @return the index behind the last buffer of which something was put in
  private int fill(ByteBuffer[] from, int first) {
    vector.clear();
    int next = first;
    while (next < from.length && next - first < PIECES_MAX) {
      ByteBuffer piece = from[next++];
      if (!piece.isDirect()) {
        ByteBuffer bounce = BOUNCE.get().clear();
        int bytes = Math.min(piece.remaining(), BOUNCE_BYTES);
        bounce.put(0, piece, piece.position(), bytes);
        vector.add(MemorySegment.ofBuffer(bounce.limit(bytes)));
        break;
      }
      vector.add(MemorySegment.ofBuffer(piece));
    }
    return next;
  }

  /// Moves the positions by `bytes`.
  ///
  /// @return the index of the first buffer with something left
  private static int advance(ByteBuffer[] from, int first, long bytes) {
    long left = bytes;
    int index = first;
    while (index < from.length) {
      ByteBuffer piece = from[index];
      int moved = (int) Math.min(left, piece.remaining());
      piece.position(piece.position() + moved);
      left -= moved;
      if (piece.hasRemaining()) {
        return index;
      }
      index++;
    }
    return index;
  }

  @Override
  public boolean awaitReadable(long nanos) throws IOException {
    int descriptor = socket.acquire();
    try {
      int ready = Sockets.poll(descriptor, POLLIN, millis(nanos));
      long end = ready < 0 ? System.nanoTime() + nanos : 0;
      while (ready < 0) { // a signal
        ready = Sockets.poll(descriptor, POLLIN, millis(Math.max(0, end - System.nanoTime())));
      }
      return ready > 0;
    } finally {
      socket.release();
    }
  }

  @Override
  public void whenReadable(Runnable wake) throws IOException {
    boolean known = watched;
    watched = true;
    network.selector().watch(socket, key, known, wake);
  }

  @Override
  public String peer() {
    return socket.name();
  }

  @Override
  public void close() {
    boolean _ = socket.close();
  }

  private IOException ended() {
    return socket.isClosed()
        ? new IOException(socket.name() + ": closed")
        : new EOFException(socket.name() + ": closed by the peer");
  }

  private IOException failure(int errno, String verb) {
    Errno error = Errno.of(errno);
    if (error == Errno.EAGAIN) {
      return timedOut(verb);
    }
    return socket.isClosed()
        ? new IOException(socket.name() + ": closed")
        : new SystemCallException(socket.name(), error);
  }

  private SocketTimeoutException timedOut(String verb) {
    return new SocketTimeoutException(
        socket.name() + ": " + verb + " nothing for " + timeoutNanos / NANOS_OF_MILLI + " ms");
  }

  /// Ends a read or write of which a part comes now and then, but the whole never.
  private final class Stall {
    private long firstPart;

    void afterPart(String verb) throws SocketTimeoutException {
      if (timeoutNanos == 0) {
        return;
      }
      long now = System.nanoTime();
      if (firstPart == 0) {
        firstPart = now;
      } else if (now - firstPart >= timeoutNanos) {
        throw timedOut(verb);
      }
    }
  }
}
