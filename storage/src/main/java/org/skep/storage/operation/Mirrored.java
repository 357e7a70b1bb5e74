package org.skep.storage.operation;

import org.skep.mirror.Item;
import org.skep.mirror.MemberRequests;
import org.skep.mirror.Turn;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkStatus;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.resync.Resync;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChunkState;

/// A request to a buddy group that this member has begun.
///
/// @param chunks of the group, on this member
record Mirrored(StorageTarget target, Turn turn, ChunkStore chunks) {

  MemberRequests requests() {
    return turn.member().requests();
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
