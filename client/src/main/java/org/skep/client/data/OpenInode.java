package org.skep.client.data;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.call.Waits;
import org.skep.cluster.Ids;
import org.skep.cluster.Layout;
import org.skep.linux.Errno;
import org.skep.runtime.port.Gate;
import org.skep.wire.Limits;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.ReserveAppendRequest;
import org.skep.wire.message.Time;

/// One regular file that is open here: what all its openings share. Any thread may call it.
///
/// Its size is the larger of what the shard says and what was written here and is not known there.
public final class OpenInode {
  // A read that stops at the end asks whether the end has moved, but not more often than that.
  private static final long SHORT_READ_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long END_READ_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Io io;
  private final long inode;
  private final Layout layout;
  private final Gate gate;
  private final KnownAttributes known;
  private final StripeStates stripes;
  private final Unpublished unpublished = new Unpublished();
  private final WriteErrors errors = new WriteErrors();
  private final WriteBehind writes;
  private final Publisher publisher;
  private final Syncer syncer;
  private final Reader reader;
  private final ReadAhead readAhead;
  private final Ranges ranges;
  private final KeptData kept;
  private final AtomicLong lockLosses = new AtomicLong();

  OpenInode(Io io, OpenInodes.Pools pools, Attributes first) throws ErrnoException {
    this.io = io;
    this.inode = first.getInode();
    this.layout = layout(first);
    this.gate = new Gate(io.clock());
    this.known = new KnownAttributes(io.clock(), first);
    this.stripes = new StripeStates(layout.stripes().size());
    if (first.getDataVersion() == 0) {
      stripes.neverWritten();
    } else if (first.getSize() == 0 && first.getAllocatedBytes() == 0) {
      stripes.allocatedNothing();
    }
    this.writes =
        new WriteBehind(io, pools.writes(), inode, layout, gate, stripes, unpublished, errors);
    this.publisher = new Publisher(io, inode, layout, gate, known, stripes, unpublished);
    this.syncer = new Syncer(io, inode, layout, gate, stripes, publisher, errors);
    this.reader = new Reader(io, inode, layout);
    this.readAhead = new ReadAhead(io, pools.readAhead(), layout, reader, writes);
    this.ranges = new Ranges(io, inode, layout, gate, stripes);
    this.kept = new KeptData(io, inode, layout, gate, writes, unpublished, publisher, stripes);
  }

  private static Layout layout(Attributes attributes) throws ErrnoException {
    try {
      return MapCodec.of(attributes.getLayout());
    } catch (MalformedFrameException e) {
      throw new ErrnoException(
          Errno.EIO.number(),
          "inode " + Ids.text(attributes.getInode()) + " has no good layout: " + e.getMessage());
    }
  }

  public long inode() {
    return inode;
  }

  /// What of it is only here.
  KeptData kept() {
    return kept;
  }

  // --- attributes
  // -----------------------------------------------------------------------------------

  /// Takes what the shard says, and adds what is only known here.
  Attributes merge(Attributes answer) {
    gate.lock();
    try {
      known.accept(answer);
      return view(
          answer.getDataVersion() < known.latest().getDataVersion() ? known.latest() : answer);
    } finally {
      gate.unlock();
    }
  }

  private Attributes view(Attributes base) {
    Attributes.Builder view = base.toBuilder().setSize(size());
    if (unpublished.isWritten()) {
      Time time = Times.of(unpublished.writeEpochNanos());
      view.setMtime(time).setCtime(time);
    }
    Time atime = unpublished.atime();
    if (atime != null) {
      view.setAtime(atime);
    }
    long allocatedBytes = stripes.allocatedTotal();
    if (allocatedBytes >= 0 && unpublished.isWritten()) {
      view.setAllocatedBytes(allocatedBytes);
    }
    return view.build();
  }

  /// The gate is held.
  private long size() {
    return Math.max(known.size(), Math.max(unpublished.ackedEnd(), writes.heldEnd()));
  }

  long sizeNow() {
    gate.lock();
    try {
      return size();
    } finally {
      gate.unlock();
    }
  }

  /// Asks the shard.
  Attributes refresh() throws ErrnoException {
    Attributes answer = io.attributes(inode);
    if (answer == null) {
      throw new ErrnoException(Errno.ESTALE.number(), "the inode is gone");
    }
    return merge(answer);
  }

  /// A change of size or times by the shard.
  public interface Change {
    /// @param settled whether it must be over when this returns, as with [Calls#settled]
    Attributes send(boolean settled) throws ErrnoException;
  }

  /// Carries out a change that must see all writes, and be seen by none: writes are paused, drained
  /// and made known before. Until it is sent an interrupt ends it (EINTR), and nothing is changed;
  /// after that the end of one that sets the size is waited for, as no write may come between.
  ///
  /// @param newSize the size it sets, or -1
  /// @param atimeSet whether it sets the time of reading
  public Attributes change(long newSize, boolean atimeSet, Change change) throws ErrnoException {
    writes.pause();
    try {
      writes.drain();
      publisher.publish(false);
      Attributes answer = change.send(newSize >= 0);
      gate.lock();
      try {
        changed(newSize, atimeSet, answer);
        return view(answer);
      } finally {
        gate.unlock();
      }
    } finally {
      readAhead.drop();
      writes.resume();
    }
  }

  private void changed(long newSize, boolean atimeSet, Attributes answer) {
    if (newSize >= 0) {
      known.replace(answer);
      unpublished.truncated();
      stripes.changedElsewhere();
      if (newSize == 0) {
        stripes.allocatedNothing();
      }
    } else {
      known.accept(answer);
    }
    if (atimeSet) {
      unpublished.forgetAtime();
    }
    publisher.metadataUnsynced();
  }

  // --- data
  // -----------------------------------------------------------------------------------------

  /// @param direct nothing is answered from what is held here: what was read is at the servers, so
  ///   that no other client reads something older after it
  int read(ByteBuffer into, long offset, boolean direct) throws ErrnoException {
    int count = visible(offset, into.remaining());
    if (count <= 0) {
      return 0;
    }
    ByteBuffer part = into.slice(into.position(), count);
    if (direct || !writes.copyHeld(part.duplicate(), offset, count)) {
      writes.drainRange(offset, count);
      if (direct || !readAhead.fill(part, offset, sizeNow())) {
        reader.fill(part, offset);
      }
    }
    into.position(into.position() + count);
    noteReading();
    return count;
  }

  /// How many of these bytes are before the end of the file.
  private int visible(long offset, int length) throws ErrnoException {
    long size = sizeNow();
    if (offset >= size - length && isOld(offset >= size ? END_READ_NANOS : SHORT_READ_NANOS)) {
      size = refresh().getSize();
    }
    return Math.clamp(size - offset, 0, length);
  }

  /// How many bytes there are from `offset` on, as far as is known now.
  long available(long offset) throws ErrnoException {
    return offset < 0 ? 0 : Math.max(0, refresh().getSize() - offset);
  }

  private boolean isOld(long nanos) {
    gate.lock();
    try {
      return known.olderThan(nanos);
    } finally {
      gate.unlock();
    }
  }

  private void noteReading() {
    if (!io.settings().atime()) {
      return;
    }
    gate.lock();
    try {
      if (unpublished.atime() == null) {
        Attributes now = view(known.latest());
        long epochNanos = io.clock().epochNanos();
        if (Times.readingCounts(now.getAtime(), now.getMtime(), now.getCtime(), epochNanos)) {
          unpublished.read(epochNanos);
        }
      }
    } finally {
      gate.unlock();
    }
  }

  /// Takes all bytes, or the first of them if it is interrupted while it waits for room.
  void write(ByteBuffer from, long offset) throws ErrnoException {
    if (offset < 0) {
      throw new ErrnoException(Errno.EINVAL.number(), "write at " + offset);
    }
    checkEnd(offset, from.remaining());
    if (Thread.currentThread().isInterrupted()) {
      throw Waits.interrupted("what comes before a write");
    }
    try {
      writes.write(from, offset, true);
    } finally {
      readAhead.drop();
    }
  }

  /// Its bytes get their place first, and are all taken then: an interrupt must not leave a gap.
  ///
  /// @return where the bytes went
  long append(ByteBuffer from) throws ErrnoException {
    int length = from.remaining();
    writes.beginAppend();
    try {
      long size = sizeNow();
      checkEnd(size, length);
      ReserveAppendRequest request =
          ReserveAppendRequest.newBuilder()
              .setInode(inode)
              .setKnownSize(size)
              .setLength(length)
              .build();
      long offset = io.calls().change(inode, Operations.RESERVE_APPEND, request).getOffset();
      checkEnd(offset, length);
      gate.lock();
      try {
        known.reaches(offset + length);
      } finally {
        gate.unlock();
      }
      writes.write(from, offset, false);
      return offset;
    } finally {
      readAhead.drop();
      writes.endAppend();
    }
  }

  private static void checkEnd(long offset, long length) throws ErrnoException {
    if (offset > Limits.FILE_BYTES_MAX - length) {
      throw new ErrnoException(Errno.EFBIG.number(), length + " bytes at " + offset);
    }
  }

  /// What was read ahead is not good any more.
  void dropCached() {
    readAhead.drop();
  }

  /// Waits until the servers have what is written; failures are kept.
  void drain() throws ErrnoException {
    writes.drain();
  }

  void drainRange(long offset, long length) throws ErrnoException {
    writes.drainRange(offset, length);
  }

  /// All that was written is at the servers, and known to the shard.
  void flush() throws ErrnoException {
    writes.drain();
    publisher.publish(true);
  }

  /// [#flush], and on their disks.
  void sync(boolean dataOnly) throws ErrnoException {
    flush();
    syncer.sync(dataOnly);
  }

  /// Ends one opening at the shard.
  void closeOne(boolean forWriting, boolean neverWritten) throws ErrnoException {
    if (forWriting) {
      writes.drain();
    }
    publisher.close(forWriting, neverWritten);
  }

  // --- ranges
  // ---------------------------------------------------------------------------------------

  /// A request about a range.
  interface RangeChange {
    void send() throws ErrnoException;
  }

  /// Reserves the range.
  void reserve(long offset, long end, boolean keepSize) throws ErrnoException {
    changeRange(keepSize ? 0 : end, () -> ranges.reserve(offset, end, keepSize));
  }

  /// Makes the range zeros.
  void zero(long offset, long end, boolean zeroRange, boolean keepSize) throws ErrnoException {
    changeRange(keepSize ? 0 : end, () -> ranges.zero(offset, end, zeroRange));
  }

  private void changeRange(long sizeAtLeast, RangeChange change) throws ErrnoException {
    writes.pause();
    try {
      writes.drain();
      change.send();
      gate.lock();
      try {
        unpublished.wrote(io.clock().epochNanos(), io.clock().nanoTime());
        unpublished.acknowledged(Math.min(sizeAtLeast, Limits.FILE_BYTES_MAX));
      } finally {
        gate.unlock();
      }
      publisher.publish(false);
    } finally {
      readAhead.drop();
      writes.resume();
    }
  }

  /// SEEK_DATA, SEEK_HOLE.
  long seek(long offset, boolean hole) throws ErrnoException {
    writes.drain();
    long size = refresh().getSize();
    if (offset < 0 || offset >= size) {
      throw new ErrnoException(Errno.ENXIO.number(), "seek at " + offset + " of " + size);
    }
    return ranges.seek(offset, hole, size);
  }

  // --- errors
  // ---------------------------------------------------------------------------------------

  /// Where an opening of now begins to hear of failures.
  long errorCount() {
    gate.lock();
    try {
      return errors.count();
    } finally {
      gate.unlock();
    }
  }

  /// Locks were lost: the openings that are there now fail from now on.
  void locksLost() {
    lockLosses.incrementAndGet();
    readAhead.drop();
  }

  /// How often locks were lost.
  long lockLosses() {
    return lockLosses.get();
  }

  /// Failures that an opening has not heard of.
  ///
  /// @param cursor after hearing of all of them
  record Failure(ErrnoException first, long cursor) {}

  /// The failures after the cursor, or null.
  @Nullable Failure failureAfter(long cursor) {
    gate.lock();
    try {
      return errors.count() > cursor
          ? new Failure(errors.firstAfter(cursor), errors.count())
          : null;
    } finally {
      gate.unlock();
    }
  }
}
