package org.skep.metadata.twin;

import java.util.ArrayList;
import java.util.List;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.chunk.Chunks;
import org.skep.wire.Failure;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.LayoutMessage;
import org.skep.wire.message.PatternKind;

/// Notes what is asked of storage; can be away or broken.
public final class RecordedChunks implements Chunks {
  public final List<String> calls = new ArrayList<>();
  public volatile boolean away;

  /// The disk of a target fails, for cuts.
  public volatile boolean broken;

  /// Cuts that were asked for while it was broken.
  public volatile int attempts;

  @Override
  public synchronized Failure truncate(
      LayoutMessage layout, long inode, long size, long life, boolean durable) {
    if (away) {
      return Failure.retry("storage is away");
    }
    if (broken) {
      attempts++;
      return Failure.errno(Errno.EIO.number(), "the disk fails");
    }
    calls.add("truncate " + Ids.text(inode) + " " + size);
    return null;
  }

  @Override
  public synchronized Failure remove(PatternKind kind, int stripeTarget, List<ChunkId> chunks) {
    if (away) {
      return Failure.retry("storage is away");
    }
    for (ChunkId chunk : chunks) {
      calls.add(
          "remove " + Ids.text(chunk.getInode()) + "." + chunk.getStripe() + " at " + stripeTarget);
    }
    return null;
  }
}
