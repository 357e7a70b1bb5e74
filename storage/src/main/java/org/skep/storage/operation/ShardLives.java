package org.skep.storage.operation;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.wire.Failure;

/// Keeps a request of a dead metadata server, which was still on its way, from taking effect after
/// the shard's next life has repeated it: by then a client may have written what it would cut.
/// Needs no memory over a restart, since the dead one's connections end with this process. Any
/// thread may call it.
final class ShardLives {
  private static final int LOCKS = 256;

  private final Map<Integer, Long> newest = new ConcurrentHashMap<>();
  private final ReentrantLock[] locks =
      Stream.generate(ReentrantLock::new).limit(LOCKS).toArray(ReentrantLock[]::new);

  /// Locks the chunk for a request of the inode's shard; to be unlocked when it is carried out, so
  /// that a later life waits for one of an earlier life that has begun.
  ///
  /// @param life of the shard; 0: unknown
  /// @throws RefusedException ESTALE if a later life was heard of
  ReentrantLock enter(ChunkKey key, long life) throws RefusedException {
    ReentrantLock lock = locks[Math.floorMod(key.hashCode(), LOCKS)];
    lock.lock();
    if (life != 0) {
      int shard = Ids.shardOf(key.inode());
      long latest = newest.merge(shard, life, Math::max);
      if (life < latest) {
        lock.unlock();
        throw new RefusedException(
            Failure.errno(
                Errno.ESTALE.number(),
                "shard " + shard + " is in its life " + latest + ", not " + life));
      }
    }
    return lock;
  }

  /// Hears of a life without asking for it.
  void note(ChunkKey key, long life) {
    if (life != 0) {
      newest.merge(Ids.shardOf(key.inode()), life, Math::max);
    }
  }
}
