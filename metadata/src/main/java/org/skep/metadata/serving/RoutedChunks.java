package org.skep.metadata.serving;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Layout;
import org.skep.linux.Errno;
import org.skep.metadata.chunk.Chunks;
import org.skep.runtime.port.Clock;
import org.skep.runtime.route.Router;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.LayoutMessage;
import org.skep.wire.message.PatternKind;
import org.skep.wire.message.RemoveChunksRequest;
import org.skep.wire.message.TruncateChunkRequest;

/// The chunks on the storage servers, over the network.
public final class RoutedChunks implements Chunks {

  /// Shorter than a client waits for an answer, so that it hears why.
  private static final long TRUNCATE_NANOS = 10_000_000_000L;

  private static final long REMOVE_NANOS = 5_000_000_000L;

  private final Router router;
  private final Clock clock;

  public RoutedChunks(Router router, Clock clock) {
    this.router = router;
    this.clock = clock;
  }

  @Override
  public @Nullable Failure truncate(
      LayoutMessage message, long inode, long size, long life, boolean durable)
      throws InterruptedException {
    Layout layout = layout(message);
    boolean group = message.getKind() == PatternKind.BUDDY_MIRROR;
    long end = clock.nanoTime() + TRUNCATE_NANOS;
    for (int i = 0; i < layout.stripes().size(); i++) {
      TruncateChunkRequest request =
          TruncateChunkRequest.newBuilder()
              .setChunk(ChunkId.newBuilder().setInode(inode).setStripe(i))
              .setLength(layout.chunkFileBytes(i, size))
              .setLife(life)
              .setDurable(durable)
              .build();
      Answer<?> answer =
          router.callStorage(
              group,
              layout.stripes().get(i),
              Operations.TRUNCATE_CHUNK,
              request,
              null,
              null,
              Math.max(1, end - clock.nanoTime()));
      if (answer instanceof Answer.Refused<?>(Failure failure)) {
        // The router's wait is over only then: before, it is the target that says so.
        return clock.nanoTime() - end >= 0 || failure.errno() != Errno.EIO.number()
            ? RoutedPeers.unclear(failure)
            : failure;
      }
    }
    return null;
  }

  private static Layout layout(LayoutMessage message) {
    try {
      return MapCodec.of(message);
    } catch (MalformedFrameException e) {
      throw new IllegalStateException("damaged layout in the store", e);
    }
  }

  @Override
  public @Nullable Failure remove(PatternKind kind, int stripeTarget, List<ChunkId> chunks)
      throws InterruptedException {
    RemoveChunksRequest request = RemoveChunksRequest.newBuilder().addAllChunks(chunks).build();
    Answer<?> answer =
        router.callStorage(
            kind == PatternKind.BUDDY_MIRROR,
            stripeTarget,
            Operations.REMOVE_CHUNKS,
            request,
            null,
            null,
            REMOVE_NANOS);
    return answer instanceof Answer.Refused<?>(Failure failure)
        ? RoutedPeers.unclear(failure)
        : null;
  }
}
