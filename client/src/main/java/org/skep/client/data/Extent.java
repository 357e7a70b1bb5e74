package org.skep.client.data;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.skep.cluster.Layout;

/// One range of a file in one buffer, on its way to the stripes. It starts at the first byte
/// written and may grow to the next multiple of 1 MiB. In the buffer the bytes stand stripe by
/// stripe, so that each stripe's part is one request:
///
/// ```
/// file    | c4 | c5 | c6 | c7 |     chunks of two stripes
/// buffer  | c4 | c6 | c5 | c7 |
/// ```
///
/// Not thread-safe until it is sealed: guarded by the gate of its file.
final class Extent {
  private static final long WINDOW_BYTES = BufferPool.BUFFER_BYTES;

  private final Layout layout;
  private final ByteBuffer buffer;
  private final long number;
  private final long from;
  private final long end;
  private final long startedNanos;
  private final long firstChunk;
  private final Slot[] slots;
  private long to;

  // What has become of it, kept by WriteBehind.
  private boolean sent;
  private final BitSet stripesLeft = new BitSet();
  private boolean failed;

  /// The part of a stripe: its first byte in the chunk file and in the buffer.
  private record Slot(int stripe, long chunkFileOffset, int position) {}

  /// One request: bytes that are contiguous in the buffer and in the chunk file.
  record Piece(int stripe, long chunkFileOffset, ByteBuffer bytes) {}

  /// @param number grows from extent to extent of a file
  /// @param buffer belongs to the extent until it is acknowledged
  Extent(Layout layout, long number, ByteBuffer buffer, long from, long startedNanos) {
    this.layout = layout;
    this.buffer = buffer;
    this.number = number;
    this.from = from;
    this.to = from;
    this.startedNanos = startedNanos;
    long rest = WINDOW_BYTES - from % WINDOW_BYTES;
    this.end = from > Long.MAX_VALUE - rest ? Long.MAX_VALUE : from + rest;
    this.firstChunk = from / layout.chunkBytes();
    this.slots = slots();
  }

  private Slot[] slots() {
    long chunkCount = (end - 1) / layout.chunkBytes() - firstChunk + 1;
    Slot[] made = new Slot[(int) Math.min(chunkCount, layout.stripes().size())];
    int position = 0;
    for (int index = 0; index < made.length; index++) {
      long first = Math.max(from, (firstChunk + index) * layout.chunkBytes());
      int stripe = layout.stripeOf(first);
      long chunkFileOffset = layout.chunkFileOffset(first);
      made[index] = new Slot(stripe, chunkFileOffset, position);
      position += (int) (layout.chunkFileBytes(stripe, end) - chunkFileOffset);
    }
    return made;
  }

  /// Whether bytes at `offset` can be put into it: behind what is there, or over it.
  boolean accepts(long offset) {
    return offset >= from && offset <= to && offset < end;
  }

  /// Copies as many bytes as belong into this extent; the source's position moves on.
  ///
  /// @return how many
  int put(ByteBuffer source, long offset) {
    int count = (int) Math.min(source.remaining(), end - offset);
    long at = offset;
    for (int rest = count; rest > 0; ) {
      int part = Math.min(rest, layout.bytesToChunkEnd(at));
      buffer.put(position(at), source, source.position(), part);
      source.position(source.position() + part);
      at += part;
      rest -= part;
    }
    to = Math.max(to, offset + count);
    return count;
  }

  /// Copies `count` bytes from `offset` on, which are in this extent, behind `into`'s position.
  void get(ByteBuffer into, long offset, int count) {
    long at = offset;
    for (int rest = count; rest > 0; ) {
      int part = Math.min(rest, layout.bytesToChunkEnd(at));
      into.put(into.position(), buffer, position(at), part);
      into.position(into.position() + part);
      at += part;
      rest -= part;
    }
  }

  private int position(long offset) {
    Slot slot = slots[(int) ((offset / layout.chunkBytes() - firstChunk) % slots.length)];
    return slot.position() + (int) (layout.chunkFileOffset(offset) - slot.chunkFileOffset());
  }

  /// The requests that write it.
  List<Piece> pieces() {
    List<Piece> pieces = new ArrayList<>(slots.length);
    for (Slot slot : slots) {
      int count = (int) (layout.chunkFileBytes(slot.stripe(), to) - slot.chunkFileOffset());
      if (count > 0) {
        pieces.add(
            new Piece(slot.stripe(), slot.chunkFileOffset(), buffer.slice(slot.position(), count)));
      }
    }
    return pieces;
  }

  boolean overlaps(long offset, long length) {
    return offset < to && from - offset < length;
  }

  boolean overlaps(Extent other) {
    return other.from < to && from < other.to;
  }

  boolean contains(long offset, int length) {
    return offset >= from && offset <= to && to - offset >= length;
  }

  boolean full() {
    return to == end;
  }

  long number() {
    return number;
  }

  long to() {
    return to;
  }

  long startedNanos() {
    return startedNanos;
  }

  ByteBuffer buffer() {
    return buffer;
  }

  boolean sent() {
    return sent;
  }

  /// Its requests are on their way.
  void markSent(List<Piece> pieces) {
    sent = true;
    pieces.forEach(piece -> stripesLeft.set(piece.stripe()));
  }

  /// One request has ended.
  ///
  /// @return whether it was the last
  boolean pieceEnded(Piece piece, boolean pieceFailed) {
    failed |= pieceFailed;
    stripesLeft.clear(piece.stripe());
    return stripesLeft.isEmpty();
  }

  /// The parts that servers don't have yet.
  List<Piece> piecesLeft() {
    return pieces().stream().filter(piece -> !sent || stripesLeft.get(piece.stripe())).toList();
  }

  boolean failed() {
    return failed;
  }
}
