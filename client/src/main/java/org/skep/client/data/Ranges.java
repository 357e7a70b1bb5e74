package org.skep.client.data;

import java.util.ArrayList;
import java.util.List;
import org.skep.client.ErrnoException;
import org.skep.client.call.Calls;
import org.skep.client.call.Lanes;
import org.skep.cluster.Layout;
import org.skep.linux.Errno;
import org.skep.runtime.port.Gate;
import org.skep.wire.Operations;
import org.skep.wire.message.AllocateChunkRequest;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.PunchChunkRequest;
import org.skep.wire.message.SeekChunkReply;
import org.skep.wire.message.SeekChunkRequest;

/// Ranges of one file on the servers: reserve, free, zero, find data and holes. In a stripe, the
/// bytes of a contiguous range of the file are contiguous, and their order is the file's, so each
/// stripe is asked once, all at the same time. Any thread may call it; who changes has paused the
/// writes, and must not resume them while a change is under way: an interrupt does not end it.
final class Ranges {
  private final Io io;
  private final long inode;
  private final Layout layout;
  private final Gate gate;
  private final StripeStates stripes;

  Ranges(Io io, long inode, Layout layout, Gate gate, StripeStates stripes) {
    this.io = io;
    this.inode = inode;
    this.layout = layout;
    this.gate = gate;
    this.stripes = stripes;
  }

  /// Reserves space. If one target is full the others keep what they have reserved, as a local file
  /// system does with the part that fitted.
  void reserve(long offset, long end, boolean keepSize) throws ErrnoException {
    onRange(
        offset,
        end,
        (stripe, from, length) ->
            io.calls()
                .stripe(
                    layout,
                    stripe,
                    Operations.ALLOCATE_CHUNK,
                    AllocateChunkRequest.newBuilder()
                        .setChunk(Io.chunk(inode, stripe))
                        .setOffset(from)
                        .setLength(length)
                        .setKeepSize(keepSize)
                        .build(),
                    null,
                    null)
                .reply());
  }

  /// Makes the range zeros: without space, or (`zeroRange`) with.
  void zero(long offset, long end, boolean zeroRange) throws ErrnoException {
    onRange(
        offset,
        end,
        (stripe, from, length) ->
            io.calls()
                .stripe(
                    layout,
                    stripe,
                    Operations.PUNCH_CHUNK,
                    PunchChunkRequest.newBuilder()
                        .setChunk(Io.chunk(inode, stripe))
                        .setOffset(from)
                        .setLength(length)
                        .setZeroRange(zeroRange)
                        .build(),
                    null,
                    null)
                .reply());
  }

  private interface RangeRequest {
    ChunkState send(int stripe, long chunkFileOffset, long length) throws ErrnoException;
  }

  private void onRange(long offset, long end, RangeRequest request) throws ErrnoException {
    List<Integer> touched = new ArrayList<>();
    for (int stripe = 0; stripe < layout.stripes().size(); stripe++) {
      if (layout.chunkFileBytes(stripe, end) > layout.chunkFileBytes(stripe, offset)) {
        touched.add(stripe);
      }
    }
    io.onStripes(
        Lanes.Kind.RANGE,
        layout,
        touched,
        stripe -> {
          long from = layout.chunkFileBytes(stripe, offset);
          long length = layout.chunkFileBytes(stripe, end) - from;
          ChunkState state = Calls.settled(() -> request.send(stripe, from, length));
          gate.lock();
          try {
            stripes.changed(stripe, state);
          } finally {
            gate.unlock();
          }
        });
  }

  /// The first byte from `offset` on that is data (in a hole), before `size`; the end is a hole.
  ///
  /// @throws ErrnoException ENXIO if there is none
  long seek(long offset, boolean hole, long size) throws ErrnoException {
    long[] found = new long[layout.stripes().size()];
    List<Integer> all = new ArrayList<>();
    for (int stripe = 0; stripe < found.length; stripe++) {
      found[stripe] = size;
      if (layout.chunkFileBytes(stripe, size) > layout.chunkFileBytes(stripe, offset)) {
        all.add(stripe);
      }
    }
    io.onStripesUnlessInterrupted(
        Lanes.Kind.RANGE,
        layout,
        all,
        stripe -> found[stripe] = seekStripe(stripe, offset, hole, size));
    long first = size;
    for (long candidate : found) {
      first = Math.min(first, candidate);
    }
    if (first >= size && !hole) {
      throw new ErrnoException(Errno.ENXIO.number(), "no data from " + offset + " on");
    }
    return first;
  }

  /// The first such byte of one stripe, as an offset in the file; `size` if there is none before
  /// it.
  private long seekStripe(int stripe, long offset, boolean hole, long size) throws ErrnoException {
    long from = layout.chunkFileBytes(stripe, offset);
    SeekChunkRequest request =
        SeekChunkRequest.newBuilder()
            .setChunk(Io.chunk(inode, stripe))
            .setOffset(from)
            .setHole(hole)
            .build();
    SeekChunkReply reply =
        io.calls().stripe(layout, stripe, Operations.SEEK_CHUNK, request, null, null).reply();
    if (!reply.hasOffset()) {
      // The chunk file ends at or before the start: all that follows is a hole.
      return hole ? layout.fileOffset(stripe, from) : size;
    }
    long found = reply.getOffset();
    return found >= layout.chunkFileBytes(stripe, size)
        ? size
        : layout.fileOffset(stripe, Math.max(found, from));
  }
}
