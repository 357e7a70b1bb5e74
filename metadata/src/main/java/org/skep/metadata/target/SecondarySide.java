package org.skep.metadata.target;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.replication.ShardReplica;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;

/// What a [MetadataTarget] has as the secondary of its shard, Good or not. Owns the replica. The
/// member's thread calls [#follow] and [#leave], between two terms; the rest is called with a turn
/// of the member.
final class SecondarySide {
  private final TargetStore store;
  private final Disk disk;
  private final StoreLife life;
  private volatile @Nullable ShardReplica replica;
  private volatile long begunDurability;

  SecondarySide(TargetStore store, Disk disk, StoreLife life) {
    this.store = store;
    this.disk = disk;
    this.life = life;
  }

  /// It is a secondary from now on.
  void follow() throws DiskException {
    replica = ShardReplica.open(store.working());
  }

  /// It is none.
  void leave() {
    replica = null;
  }

  /// Null if it is none.
  @Nullable ShardReplica replica() {
    return replica;
  }

  /// The replica, over a store that was opened anew if its disk had failed.
  synchronized ShardReplica freshReplica() throws DiskException {
    ShardReplica now = replica;
    if (now == null || store.isBroken()) {
      now = ShardReplica.open(store.working());
      replica = now;
    }
    return now;
  }

  /// The primary begins a resync of this target: what is told to it from now on can be trusted, if
  /// the disk does not fail.
  void resyncBegun() {
    begunDurability = disk.durability();
  }

  /// All is here, and on the disk.
  ///
  /// @throws DiskException if the disk may have lost some of it since [#resyncBegun]
  void resyncEnded() throws IOException {
    if (store.isBroken() || begunDurability != disk.durability()) {
      throw new DiskException(Errno.EIO.number(), "what was copied may be lost");
    }
    life.begin();
  }
}
