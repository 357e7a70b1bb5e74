package org.skep.client.data;

import java.util.Arrays;
import org.skep.wire.message.ChunkState;

/// What is known of the chunk files of one file: how much space they take, and what of them is not
/// yet on disk. Guarded by the gate of the file.
///
/// A fsync is about the whole file, also about what was written through an earlier opening, and
/// about cuts, which the shard asks for: so all chunk files count as changed at first and after a
/// truncate. Losses can only be seen of what was written here.
final class StripeStates {
  private static final long UNKNOWN = -1;

  private final long[] allocatedBytes;
  // Of the oldest write since the last sync; 0 if there is none.
  private final long[] durability;
  // Counts changes, so that a sync does not clear what was written during it.
  private final long[] changes;
  private final long[] synced;

  StripeStates(int stripeCount) {
    allocatedBytes = new long[stripeCount];
    durability = new long[stripeCount];
    changes = new long[stripeCount];
    synced = new long[stripeCount];
    changedElsewhere();
  }

  /// A chunk file was written to. Answers may come out of order, but writes never free space.
  void written(int stripe, ChunkState state) {
    long bytes = Math.max(allocatedBytes[stripe], state.getAllocatedBytes());
    changed(stripe, state);
    allocatedBytes[stripe] = bytes;
  }

  /// A chunk file was changed, and nothing else was on its way to it. One that holds nothing has
  /// nothing to be synced: it may not even be there.
  void changed(int stripe, ChunkState state) {
    allocatedBytes[stripe] = state.getAllocatedBytes();
    if (state.getLength() == 0 && state.getAllocatedBytes() == 0) {
      return;
    }
    changes[stripe]++;
    if (durability[stripe] == 0) {
      durability[stripe] = state.getDurability();
    }
  }

  /// A chunk file was looked at.
  void seen(int stripe, ChunkState state) {
    allocatedBytes[stripe] = state.getAllocatedBytes();
  }

  /// The file has never had data: there is nothing to be synced.
  void neverWritten() {
    allocatedNothing();
    System.arraycopy(changes, 0, synced, 0, changes.length);
  }

  /// Somebody else changed the chunk files, or may have.
  void changedElsewhere() {
    forgetAllocated();
    for (int stripe = 0; stripe < changes.length; stripe++) {
      changes[stripe]++;
    }
  }

  private void forgetAllocated() {
    Arrays.fill(allocatedBytes, UNKNOWN);
  }

  void allocatedNothing() {
    Arrays.fill(allocatedBytes, 0);
  }

  boolean allocatedKnown(int stripe) {
    return allocatedBytes[stripe] != UNKNOWN;
  }

  /// The space of all chunk files, or -1 if it is not known.
  long allocatedTotal() {
    long total = 0;
    for (long bytes : allocatedBytes) {
      if (bytes == UNKNOWN) {
        return UNKNOWN;
      }
      total += bytes;
    }
    return total;
  }

  boolean unsynced(int stripe) {
    return changes[stripe] != synced[stripe];
  }

  boolean anyUnsynced() {
    return !Arrays.equals(changes, synced);
  }

  long changes(int stripe) {
    return changes[stripe];
  }

  long durability(int stripe) {
    return durability[stripe];
  }

  /// All changes up to that count are on disk.
  void synced(int stripe, long changeCount) {
    synced[stripe] = Math.max(synced[stripe], changeCount);
    if (!unsynced(stripe)) {
      durability[stripe] = 0;
    }
  }

  /// What an older life of the host held is lost, and that was reported.
  void lost(int stripe, long presentDurability) {
    durability[stripe] = presentDurability;
  }
}
