package org.skep.client.data;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.call.Lanes;
import org.skep.client.call.Waits;
import org.skep.cluster.Layout;
import org.skep.linux.Errno;
import org.skep.runtime.port.Gate;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.WriteChunkRequest;

/// Written data of one file on its way to the servers. Any thread may call it.
///
/// A write is done when its bytes are in an [Extent]; there is one that gathers, and a window of
/// those on their way. An extent that overlaps an earlier one waits for that one's acknowledgement,
/// so that bytes land in the order they were written. A buffer is kept until all its requests have
/// ended, because they may have to be sent again. A failed extent is dropped, and the failure kept
/// for all openings.
final class WriteBehind {
  private final Io io;
  private final BufferPool pool;
  private final long inode;
  private final Layout layout;
  private final Gate gate;
  private final StripeStates stripes;
  private final Unpublished unpublished;
  private final WriteErrors errors;
  // guarded by gate
  private final ArrayDeque<Extent> outstanding = new ArrayDeque<>();
  private @Nullable Extent gathering;
  private long lastNumber;
  private boolean paused;
  private int pausesWanted;
  private int appending;

  WriteBehind(
      Io io,
      BufferPool pool,
      long inode,
      Layout layout,
      Gate gate,
      StripeStates stripes,
      Unpublished unpublished,
      WriteErrors errors) {
    this.io = io;
    this.pool = pool;
    this.inode = inode;
    this.layout = layout;
    this.gate = gate;
    this.stripes = stripes;
    this.unpublished = unpublished;
    this.errors = errors;
  }

  /// Takes all bytes of the buffer, or the first of them if an interrupt ends its wait for room.
  ///
  /// @param interruptible whether an interrupt of the thread ends the wait
  /// @throws ErrnoException EIO if no buffer came free in time; some bytes may have been taken.
  ///   EINTR if interrupted; none were taken
  void write(ByteBuffer from, long offset, boolean interruptible) throws ErrnoException {
    Writing writing = new Writing(from, offset, interruptible);
    try {
      while (from.hasRemaining()) {
        if (writing.step()) {
          writing.spare = pool.take(interruptible);
        }
      }
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EINTR.number() || writing.offset == offset) {
        throw e;
      }
    } finally {
      if (writing.spare != null) {
        pool.give(writing.spare);
      }
    }
  }

  /// How far one write is.
  private final class Writing {
    private final ByteBuffer from;
    private final boolean interruptible;
    private long offset;
    // Taken before the gate is locked, as that may wait for other files' extents.
    private @Nullable ByteBuffer spare;

    Writing(ByteBuffer from, long offset, boolean interruptible) {
      this.from = from;
      this.offset = offset;
      this.interruptible = interruptible;
    }

    /// Puts bytes into an extent, or waits until there is room for one in the window.
    ///
    /// @return whether a buffer is needed to go on
    boolean step() throws ErrnoException {
      gate.lock();
      try {
        await(() -> !paused);
        if (gathering == null || !gathering.accepts(offset)) {
          seal();
          if (outstanding.size() >= io.settings().windowExtents()) {
            await(() -> gathering != null || outstanding.size() < io.settings().windowExtents());
            return false;
          }
          if (spare == null) {
            return true;
          }
          gathering = new Extent(layout, ++lastNumber, spare, offset, io.clock().nanoTime());
          spare = null;
        }
        put(gathering);
        return false;
      } finally {
        gate.unlock();
      }
    }

    private void await(BooleanSupplier condition) throws ErrnoException {
      if (interruptible) {
        Waits.unlessInterrupted(gate, "room for written data", condition);
      } else {
        Waits.until(gate, condition);
      }
    }

    private void put(Extent extent) {
      offset += extent.put(from, offset);
      unpublished.wrote(io.clock().epochNanos(), io.clock().nanoTime());
      if (extent.full()) {
        seal();
      }
    }
  }

  /// Sends off what is gathered. The gate is held.
  private void seal() {
    if (gathering != null) {
      outstanding.addLast(gathering);
      gathering = null;
      Runnable _ = sendReady(false);
    }
  }

  /// Sends off what is gathered if it is that old. The gate is held.
  void sealOlderThan(long nanos) {
    if (gathering != null && io.clock().nanoTime() - gathering.startedNanos() >= nanos) {
      seal();
    }
  }

  /// Hands all extents that nothing earlier overlaps to the lanes. The gate is held.
  ///
  /// @param keepLast the last request of the last extent is not handed over but returned
  private @Nullable Runnable sendReady(boolean keepLast) {
    Runnable kept = null;
    for (Extent extent : outstanding) {
      if (!extent.sent() && !overlapsEarlier(extent)) {
        kept = send(extent, keepLast && extent == outstanding.peekLast());
      }
    }
    return kept;
  }

  private boolean overlapsEarlier(Extent extent) {
    for (Extent earlier : outstanding) {
      if (earlier == extent) {
        return false;
      }
      if (earlier.overlaps(extent)) {
        return true;
      }
    }
    throw new IllegalStateException("an extent that is not outstanding");
  }

  private @Nullable Runnable send(Extent extent, boolean keepLast) {
    List<Extent.Piece> pieces = extent.pieces();
    extent.markSent(pieces);
    Runnable kept = null;
    for (int index = 0; index < pieces.size(); index++) {
      Extent.Piece piece = pieces.get(index);
      if (keepLast && index == pieces.size() - 1) {
        kept = () -> sendHere(extent, piece);
      } else {
        submit(extent, piece);
      }
    }
    return kept;
  }

  private void submit(Extent extent, Extent.Piece piece) {
    io.submit(
        Lanes.Kind.WRITE,
        layout,
        piece.stripe(),
        () -> sendPiece(piece),
        failure -> ended(extent, piece, failure));
  }

  /// An interrupt ends this thread's wait for a server, but must not lose the data: a thread that
  /// nobody interrupts goes on.
  private void sendHere(Extent extent, Extent.Piece piece) {
    ErrnoException failure = Io.result(() -> sendPiece(piece));
    if (failure != null && failure.errno() == Errno.EINTR.number()) {
      submit(extent, piece);
    } else {
      ended(extent, piece, failure);
    }
  }

  private void sendPiece(Extent.Piece piece) throws ErrnoException {
    WriteChunkRequest request =
        WriteChunkRequest.newBuilder()
            .setChunk(Io.chunk(inode, piece.stripe()))
            .setOffset(piece.chunkFileOffset())
            .build();
    ChunkState state =
        io.calls()
            .stripe(layout, piece.stripe(), Operations.WRITE_CHUNK, request, piece.bytes(), null)
            .reply();
    gate.lock();
    try {
      stripes.written(piece.stripe(), state);
    } finally {
      gate.unlock();
    }
  }

  private void ended(Extent extent, Extent.Piece piece, @Nullable ErrnoException failure) {
    io.progressed();
    gate.lock();
    try {
      if (failure != null) {
        errors.add(failure);
      }
      if (!extent.pieceEnded(piece, failure != null)) {
        return;
      }
      outstanding.remove(extent);
      if (!extent.failed()) {
        unpublished.acknowledged(extent.to());
      }
      pool.give(extent.buffer());
      Runnable _ = sendReady(false);
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Waits until the servers have, or have refused, all that was written before the call.
  ///
  /// @throws ErrnoException EINTR if interrupted; the data goes on to the servers
  void drain() throws ErrnoException {
    long upTo;
    Runnable own = null;
    gate.lock();
    try {
      if (gathering != null) {
        outstanding.addLast(gathering);
        gathering = null;
        own = sendReady(true);
      }
      upTo = lastNumber;
    } finally {
      gate.unlock();
    }
    if (own != null) {
      own.run();
    }
    gate.lock();
    try {
      Waits.unlessInterrupted(
          gate,
          "written data to reach its servers",
          () -> outstanding.isEmpty() || outstanding.peekFirst().number() > upTo);
    } finally {
      gate.unlock();
    }
  }

  /// Makes the servers' bytes of the range good for reading: waits for what is held of it.
  void drainRange(long offset, long length) throws ErrnoException {
    if (isHolding(offset, length)) {
      drain();
    }
  }

  /// Whether data of the range is here and not on the servers.
  boolean isHolding(long offset, long length) {
    gate.lock();
    try {
      return (gathering != null && gathering.overlaps(offset, length))
          || outstanding.stream().anyMatch(extent -> extent.overlaps(offset, length));
    } finally {
      gate.unlock();
    }
  }

  /// Copies the range from the newest extent that touches it, if all of it is there.
  ///
  /// @return whether it was
  boolean copyHeld(ByteBuffer into, long offset, int length) {
    gate.lock();
    try {
      Extent newest = newestTouching(offset, length);
      if (newest == null || !newest.contains(offset, length)) {
        return false;
      }
      newest.get(into, offset, length);
      return true;
    } finally {
      gate.unlock();
    }
  }

  private @Nullable Extent newestTouching(long offset, int length) {
    if (gathering != null && gathering.overlaps(offset, length)) {
      return gathering;
    }
    for (Iterator<Extent> newest = outstanding.descendingIterator(); newest.hasNext(); ) {
      Extent extent = newest.next();
      if (extent.overlaps(offset, length)) {
        return extent;
      }
    }
    return null;
  }

  /// Keeps new writes waiting until [#resume]; one thread at a time. Appends that have their place
  /// already are let through before.
  ///
  /// @throws ErrnoException EINTR if interrupted before; nothing is paused then
  void pause() throws ErrnoException {
    gate.lock();
    try {
      pausesWanted++;
      try {
        Waits.unlessInterrupted(gate, "earlier writes", () -> !paused && appending == 0);
        paused = true;
      } finally {
        pausesWanted--;
        gate.signalAll();
      }
    } finally {
      gate.unlock();
    }
  }

  void resume() {
    gate.lock();
    try {
      paused = false;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// From here to [#endAppend] nobody pauses the writes: no truncate of this client comes between
  /// an append's reservation and its bytes.
  void beginAppend() throws ErrnoException {
    gate.lock();
    try {
      Waits.unlessInterrupted(
          gate, "a change of the file's size", () -> !paused && pausesWanted == 0);
      appending++;
    } finally {
      gate.unlock();
    }
  }

  void endAppend() {
    gate.lock();
    try {
      appending--;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// How far data reaches that the servers don't have yet; 0 if there is none. The gate is held.
  long heldEnd() {
    long end = gathering == null ? 0 : gathering.to();
    for (Extent extent : outstanding) {
      end = Math.max(end, extent.to());
    }
    return end;
  }

  /// The parts of the data that the servers don't have yet. The gate is held.
  List<Extent.Piece> piecesLeft() {
    List<Extent.Piece> left = new ArrayList<>();
    if (gathering != null) {
      left.addAll(gathering.piecesLeft());
    }
    outstanding.forEach(extent -> left.addAll(extent.piecesLeft()));
    return left;
  }

  /// Whether data is here that the servers don't have yet. The gate is held.
  boolean isHolding() {
    return gathering != null || !outstanding.isEmpty();
  }
}
