package org.skep.client.data;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.skep.client.ErrnoException;
import org.skep.client.Unwritten;
import org.skep.cluster.Ids;
import org.skep.cluster.Layout;
import org.skep.runtime.port.Gate;

/// What of one open file is only here, and sends it off when it was kept for long. Any thread may
/// call it.
final class KeptData {
  // Data and size are not kept from others for longer.
  private static final long AGE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Io io;
  private final long inode;
  private final Layout layout;
  private final Gate gate;
  private final WriteBehind writes;
  private final Unpublished unpublished;
  private final Publisher publisher;
  private final StripeStates stripes;
  // guarded by gate
  private boolean ticking;

  KeptData(
      Io io,
      long inode,
      Layout layout,
      Gate gate,
      WriteBehind writes,
      Unpublished unpublished,
      Publisher publisher,
      StripeStates stripes) {
    this.io = io;
    this.inode = inode;
    this.layout = layout;
    this.gate = gate;
    this.writes = writes;
    this.unpublished = unpublished;
    this.publisher = publisher;
    this.stripes = stripes;
  }

  /// Sends off what is gathered: its buffer is needed elsewhere.
  void sealGathered() {
    gate.lock();
    try {
      writes.sealOlderThan(0);
    } finally {
      gate.unlock();
    }
  }

  /// Sends off data and size that were kept for a while. To be called several times a second.
  void tick() {
    gate.lock();
    try {
      writes.sealOlderThan(AGE_NANOS);
      if (!ticking && unpublished.isDue(io.clock().nanoTime(), AGE_NANOS)) {
        ticking = true;
        io.submitShard(inode, this::publishQuietly);
      }
    } finally {
      gate.unlock();
    }
  }

  /// What fails stays to be told; the next flush tells it or says why not.
  private void publishQuietly() {
    ErrnoException failure = Io.result(() -> publisher.publish(false));
    gate.lock();
    try {
      ticking = false;
      if (failure != null) {
        unpublished.postpone(io.clock().nanoTime());
      }
    } finally {
      gate.unlock();
    }
  }

  /// Sends off all that is kept, without waiting for it.
  void sendOff() {
    gate.lock();
    try {
      writes.sealOlderThan(0);
      if (!ticking && !writes.isHolding() && unpublished.isWritten()) {
        ticking = true;
        io.submitShard(inode, this::publishQuietly);
      }
    } finally {
      gate.unlock();
    }
  }

  /// What the servers don't have.
  Unwritten unwritten() {
    gate.lock();
    try {
      List<Extent.Piece> left = writes.piecesLeft();
      boolean untold = unpublished.isWritten();
      if (left.isEmpty() && !untold) {
        return Unwritten.NOTHING;
      }
      SortedSet<Integer> targets = new TreeSet<>();
      left.forEach(piece -> targets.add(layout.stripes().get(piece.stripe())));
      SortedSet<Integer> shards = new TreeSet<>();
      if (left.isEmpty()) {
        shards.add(Ids.shardOf(inode));
      }
      return new Unwritten(
          left.stream().mapToLong(piece -> piece.bytes().remaining()).sum(), 1, targets, shards);
    } finally {
      gate.unlock();
    }
  }

  /// Whether there is something here that the servers don't know.
  boolean isDirty() {
    gate.lock();
    try {
      return writes.isHolding() || unpublished.isWritten() || ticking;
    } finally {
      gate.unlock();
    }
  }

  /// Whether something was written that is not on the servers' disks.
  boolean isUnsynced() {
    gate.lock();
    try {
      return writes.isHolding() || unpublished.isWritten() || stripes.anyUnsynced();
    } finally {
      gate.unlock();
    }
  }
}
