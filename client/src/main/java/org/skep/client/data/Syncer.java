package org.skep.client.data;

import java.util.ArrayList;
import java.util.List;
import org.skep.client.ErrnoException;
import org.skep.client.call.Calls;
import org.skep.client.call.Lanes;
import org.skep.client.call.Waits;
import org.skep.cluster.Ids;
import org.skep.cluster.Layout;
import org.skep.linux.Errno;
import org.skep.runtime.port.Gate;
import org.skep.wire.Operations;
import org.skep.wire.message.SyncChunkRequest;

/// Puts one file on the disks of its servers: fsync. One at a time for a file, so that nobody
/// returns before the sync that covers its data has ended. Any thread may call it.
final class Syncer {
  private final Io io;
  private final long inode;
  private final Layout layout;
  private final Gate gate;
  private final StripeStates stripes;
  private final Publisher publisher;
  private final WriteErrors errors;
  // guarded by gate
  private boolean syncing;

  Syncer(
      Io io,
      long inode,
      Layout layout,
      Gate gate,
      StripeStates stripes,
      Publisher publisher,
      WriteErrors errors) {
    this.io = io;
    this.inode = inode;
    this.layout = layout;
    this.gate = gate;
    this.stripes = stripes;
    this.publisher = publisher;
    this.errors = errors;
  }

  /// What the servers have is put on their disks. A failure of the data, and a loss of metadata, is
  /// kept for all openings; another failure of the metadata is thrown. An interrupt (EINTR) ends
  /// the wait, and the syncs under way go on: a failure of theirs is kept as well.
  void sync(boolean dataOnly) throws ErrnoException {
    begin();
    try {
      io.onStripesUnlessInterrupted(
          Lanes.Kind.RANGE, layout, unsynced(), stripe -> syncStripe(stripe, dataOnly));
      syncMetadata(dataOnly);
    } finally {
      end();
    }
  }

  private void begin() throws ErrnoException {
    gate.lock();
    try {
      Waits.unlessInterrupted(gate, "another sync of the file", () -> !syncing);
      syncing = true;
    } finally {
      gate.unlock();
    }
  }

  private void end() {
    gate.lock();
    try {
      syncing = false;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  private List<Integer> unsynced() {
    List<Integer> unsynced = new ArrayList<>();
    gate.lock();
    try {
      for (int stripe = 0; stripe < layout.stripes().size(); stripe++) {
        if (stripes.unsynced(stripe)) {
          unsynced.add(stripe);
        }
      }
    } finally {
      gate.unlock();
    }
    return unsynced;
  }

  private void syncStripe(int stripe, boolean dataOnly) throws ErrnoException {
    long changes;
    long durability;
    gate.lock();
    try {
      changes = stripes.changes(stripe);
      durability = stripes.durability(stripe);
    } finally {
      gate.unlock();
    }
    SyncChunkRequest request =
        SyncChunkRequest.newBuilder()
            .setChunk(Io.chunk(inode, stripe))
            .setDurabilitySeen(durability)
            .setDataOnly(dataOnly)
            .build();
    long startNanos = io.clock().nanoTime();
    ErrnoException failure =
        Io.result(() -> {
          var _ = io.calls().stripe(layout, stripe, Operations.SYNC_CHUNK, request, null, null);
        });
    if (failure == null) {
      synced(stripe, changes);
    } else if (failure.errno() == Errno.EINTR.number()) {
      // Nothing is known of the data; the next sync asks again.
      throw failure;
    } else {
      failed(stripe, durability, failure, io.waitedInVain(startNanos));
    }
  }

  private void synced(int stripe, long changes) {
    gate.lock();
    try {
      stripes.synced(stripe, changes);
    } finally {
      gate.unlock();
    }
  }

  /// Keeps the failure. If the host lost what it had not synced, that is reported now, and later
  /// syncs are about what was written since; if it did not answer, the next sync asks again.
  private void failed(int stripe, long durability, ErrnoException failure, boolean unanswered) {
    long[] present = {durability};
    ErrnoException unknown =
        unanswered
            ? failure
            : Io.result(() -> present[0] = publisher.stateOf(stripe).getDurability());
    gate.lock();
    try {
      errors.add(failure);
      if (unknown == null && present[0] != durability) {
        stripes.lost(stripe, present[0]);
      }
    } finally {
      gate.unlock();
    }
  }

  private void syncMetadata(boolean dataOnly) throws ErrnoException {
    gate.lock();
    try {
      if (dataOnly && !publisher.isMetadataUnsynced()) {
        return;
      }
      publisher.metadataSynced();
    } finally {
      gate.unlock();
    }
    boolean done = false;
    try {
      if (!io.calls().sync(inode)) {
        lost();
      }
      done = true;
    } finally {
      if (!done) {
        metadataFailed();
      }
    }
  }

  /// Each opening hears of it.
  private void lost() {
    gate.lock();
    try {
      errors.add(Calls.loss("fsync of inode " + Ids.text(inode)));
    } finally {
      gate.unlock();
    }
  }

  private void metadataFailed() {
    gate.lock();
    try {
      publisher.metadataUnsynced();
    } finally {
      gate.unlock();
    }
  }
}
