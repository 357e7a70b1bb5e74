package org.skep.client.data;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.skep.client.ErrnoException;
import org.skep.client.call.Lanes;
import org.skep.cluster.Layout;
import org.skep.wire.Answer;
import org.skep.wire.Limits;
import org.skep.wire.Operations;
import org.skep.wire.message.ReadChunkReply;
import org.skep.wire.message.ReadChunkRequest;

/// Reads what the servers have of one file, from all stripes at the same time, straight into the
/// caller's buffer. Any thread may call it.
final class Reader {
  /// Of a larger chunk, parts of this size take turns.
  private static final int TURN_BYTES_MAX = 4 << 20;

  private final Io io;
  private final long inode;
  private final Layout layout;

  /// What one request reads: bytes of one chunk, and where they go in the buffer.
  private record Segment(int stripe, long chunkFileOffset, int position, int length) {}

  Reader(Io io, long inode, Layout layout) {
    this.io = io;
    this.inode = inode;
    this.layout = layout;
  }

  /// Fills the buffer from its position to its limit with the bytes from `offset` on; holes and
  /// what is beyond the end of a chunk file are zeros. The buffer's position stays.
  void fill(ByteBuffer into, long offset) throws ErrnoException {
    if (into.remaining() <= Math.min(layout.bytesToChunkEnd(offset), Limits.BULK_BYTES_MAX)) {
      read(into, segment(into, offset, into.position()));
      return;
    }
    Map<Integer, List<Segment>> segments = new TreeMap<>();
    for (int position = into.position(); position < into.limit(); ) {
      Segment segment = segment(into, offset + position - into.position(), position);
      segments.computeIfAbsent(segment.stripe(), s -> new ArrayList<>()).add(segment);
      position += segment.length();
    }
    io.onStripes(
        Lanes.Kind.READ,
        layout,
        List.copyOf(segments.keySet()),
        stripe -> {
          for (Segment segment : segments.getOrDefault(stripe, List.of())) {
            read(into, segment);
          }
        });
  }

  private Segment segment(ByteBuffer into, long offset, int position) {
    int length = Math.min(layout.bytesToChunkEnd(offset), into.limit() - position);
    return new Segment(
        layout.stripeOf(offset),
        layout.chunkFileOffset(offset),
        position,
        Math.min(length, Limits.BULK_BYTES_MAX));
  }

  /// Chunks take turns, in each stripe and from stripe to stripe, so that a single reader uses both
  /// members of a group; a chunk's turn is always the same, so that it is in one page cache.
  private long turn(Segment segment) {
    long row = segment.chunkFileOffset() / Math.min(layout.chunkBytes(), TURN_BYTES_MAX);
    return inode + segment.stripe() + row;
  }

  private void read(ByteBuffer into, Segment segment) throws ErrnoException {
    ReadChunkRequest request =
        ReadChunkRequest.newBuilder()
            .setChunk(Io.chunk(inode, segment.stripe()))
            .setOffset(segment.chunkFileOffset())
            .setLength(segment.length())
            .build();
    ByteBuffer part = into.slice(segment.position(), segment.length());
    Answer.Done<ReadChunkReply> done =
        io.calls()
            .readStripe(
                layout, segment.stripe(), turn(segment), Operations.READ_CHUNK, request, part);
    if (done.bulkBytes() < segment.length()) {
      MemorySegment.ofBuffer(into.slice(segment.position(), segment.length()))
          .asSlice(done.bulkBytes())
          .fill((byte) 0);
    }
  }
}
