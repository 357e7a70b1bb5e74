package org.skep.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A reusable list of memory pieces for one gathered write (`struct iovec[]`). Not thread-safe;
/// belongs to whoever made it.
///
/// It holds the pieces until [#clear], so that memory managed by the garbage collector isn't freed
/// under the call; memory of a confined or shared arena must stay open by the owner's care.
public final class IoVector {
  /// Linux refuses more (UIO_MAXIOV).
  public static final int PIECES_MAX = 1024;

  private static final long IOVEC_BYTES = 16;

  private final MemorySegment vector;
  private final MemorySegment[] pieces;
  private int first;
  private int count;
  private long remainingBytes;

  /// Room for `piecesMax` pieces, at most [#PIECES_MAX].
  public IoVector(int piecesMax) {
    if (piecesMax < 1 || piecesMax > PIECES_MAX) {
      throw new IllegalArgumentException("pieces " + piecesMax);
    }
    pieces = new MemorySegment[piecesMax];
    vector = Arena.ofAuto().allocate(piecesMax * IOVEC_BYTES, 8);
  }

  public IoVector clear() {
    for (int i = 0; i < count; i++) {
      pieces[i] = MemorySegment.NULL;
    }
    first = 0;
    count = 0;
    remainingBytes = 0;
    return this;
  }

  /// Appends a native segment; an empty one is left out.
  public IoVector add(MemorySegment piece) {
    long bytes = piece.byteSize();
    if (bytes == 0) {
      return this;
    }
    if (!piece.isNative()) {
      throw new IllegalArgumentException("a native segment is needed");
    }
    if (count == pieces.length) {
      throw new IllegalStateException("more than " + count + " pieces");
    }
    pieces[count] = piece;
    vector.set(JAVA_LONG, count * IOVEC_BYTES, piece.address());
    vector.set(JAVA_LONG, count * IOVEC_BYTES + 8, bytes);
    count++;
    remainingBytes += bytes;
    return this;
  }

  /// Bytes not yet taken by [#advance].
  public long remainingBytes() {
    return remainingBytes;
  }

  /// Notes that the first `bytes` of what remained are done.
  public void advance(long bytes) {
    if (bytes < 0 || bytes > remainingBytes) {
      throw new IllegalArgumentException(bytes + " of " + remainingBytes + " bytes");
    }
    remainingBytes -= bytes;
    long left = bytes;
    while (left > 0) {
      long at = first * IOVEC_BYTES;
      long length = vector.get(JAVA_LONG, at + 8);
      if (left < length) {
        vector.set(JAVA_LONG, at, vector.get(JAVA_LONG, at) + left);
        vector.set(JAVA_LONG, at + 8, length - left);
        return;
      }
      left -= length;
      first++;
    }
  }

  /// A copy of what remains, at most 2 GiB; for tests and diagnosis.
  public byte[] toByteArray() {
    byte[] bytes = new byte[Math.toIntExact(remainingBytes)];
    int at = 0;
    for (int i = first; i < count; i++) {
      long length = vector.get(JAVA_LONG, i * IOVEC_BYTES + 8);
      MemorySegment piece = pieces[i].asSlice(pieces[i].byteSize() - length);
      MemorySegment.copy(piece, JAVA_BYTE, 0, bytes, at, (int) length);
      at += (int) length;
    }
    return bytes;
  }

  /// The `struct iovec` array of what remains.
  MemorySegment remaining() {
    return vector.asSlice(first * IOVEC_BYTES);
  }

  int remainingCount() {
    return count - first;
  }
}
