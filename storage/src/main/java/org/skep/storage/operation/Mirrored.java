package org.skep.storage.operation;

import org.skep.mirror.Turn;
import org.skep.mirror.range.Item;
import org.skep.mirror.range.MemberRequests;
import org.skep.mirror.range.RangeReplica;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkStatus;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.resync.Resync;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChunkState;

/// A request to a buddy group that this member has begun.
///
/// @param membership of the target
record Mirrored(StorageTarget target, Turn turn, StorageTarget.Membership membership) {

  ChunkStore chunks() {
    return membership.chunks();
  }

  RangeReplica replica() {
    return membership.replica();
  }

  MemberRequests requests() {
    return membership.replica().requests();
  }

  Resync resync() {
    return target.resync();
  }

  static Item item(ChunkKey key) {
    return new Item(key.inode(), key.stripe());
  }

  /// A group's durability takes the place of this disk's: what one member's host lost, the other
  /// one has.
  ChunkState state(ChunkStatus status) {
    return ChunkState.newBuilder()
        .setLength(status.lengthBytes())
        .setAllocatedBytes(status.allocatedBytes())
        .setDurability(turn.view().durability())
        .build();
  }
}
