package org.skep.metadata.target;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.replication.ShardReplica;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a [MetadataTarget] has as the secondary of its shard, Good or not. Owns the replica. The
/// member's thread calls [#follow] and [#leave], between two terms; the rest is called with a turn
/// of the member.
final class SecondarySide {
  private static final Logger LOG = LoggerFactory.getLogger(SecondarySide.class);

  private final TargetStore store;
  private final Disk disk;
  private final StoreLife life;
  private volatile @Nullable ShardReplica replica;
  // both guarded by this; whether a primary may have told management that all is here
  private long begunDurability;
  private boolean mayBeWhole = true;

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
  synchronized void resyncBegun() {
    mayBeWhole = false;
    begunDurability = disk.durability();
  }

  /// All is here, and on the disk.
  ///
  /// @throws DiskException if the disk may have lost some of it since [#resyncBegun]
  synchronized void resyncEnded() throws IOException {
    if (store.isBroken() || begunDurability != disk.durability()) {
      throw new DiskException(Errno.EIO.number(), "what was copied may be lost");
    }
    life.begin();
    mayBeWhole = true;
  }

  /// What the store holds is not known any more.
  ///
  /// @return whether somebody may count on it: not while a resync runs, whose next attempt finds it
  ///   out
  synchronized boolean broke() {
    store.broke();
    try {
      life.makeVoid();
    } catch (IOException e) {
      LOG.error("{}: can't note that the store may lack changes: {}", disk.name(), e.getMessage());
    }
    return mayBeWhole;
  }
}
