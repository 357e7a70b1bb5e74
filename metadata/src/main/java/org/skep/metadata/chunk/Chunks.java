package org.skep.metadata.chunk;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.wire.Failure;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.LayoutMessage;
import org.skep.wire.message.PatternKind;

/// The chunk files on the storage servers. Any thread may call it; calls block for a bounded time.
public interface Chunks {

  /// Cuts all chunk files of the inode so that nothing is left behind `size` bytes of the file.
  ///
  /// @param life of the shard, so that requests of earlier ones that are still on their way can be
  ///   told
  /// @param durable the cuts are on the targets' disks afterwards also if they were made by an
  ///   earlier request; else only those that are made now
  /// @return null when all are cut; RETRY if a target could not be reached in time; an errno if one
  ///   refused
  @Nullable Failure truncate(
      LayoutMessage layout, long inode, long size, long life, boolean durable)
      throws InterruptedException;

  /// Removes chunk files from one target (RAID0) or group (BUDDY_MIRROR).
  ///
  /// @param chunks at most 1,000
  /// @return null when none of them is left; RETRY if the target could not be reached in time
  @Nullable Failure remove(PatternKind kind, int stripeTarget, List<ChunkId> chunks)
      throws InterruptedException;
}
