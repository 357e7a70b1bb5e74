package org.skep.storage.sweep;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Asks a metadata shard which inodes live there.
@FunctionalInterface
public interface LivingInodes {
  /// As many as one request may hold.
  int INODES_MAX = 10_000;

  /// @param inodes of that shard, at most [#INODES_MAX]
  /// @return those that have a name or are open; null if the shard can't answer now
  @Nullable Set<Long> of(int shard, List<Long> inodes) throws InterruptedException;
}
