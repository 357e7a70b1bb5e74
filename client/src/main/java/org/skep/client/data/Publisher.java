package org.skep.client.data;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.call.Lanes;
import org.skep.client.call.Waits;
import org.skep.cluster.Layout;
import org.skep.linux.Errno;
import org.skep.runtime.port.Gate;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.CloseRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.StatChunkRequest;
import org.skep.wire.message.UpdateWrittenRequest;

/// Tells the shard of one file what was written and read; one request at a time, so that an older
/// size or time never overtakes a newer one. Any thread may call it.
final class Publisher {
  private final Io io;
  private final long inode;
  private final Layout layout;
  private final Gate gate;
  private final KnownAttributes known;
  private final StripeStates stripes;
  private final Unpublished unpublished;
  // guarded by gate
  private boolean publishing;
  private boolean metadataUnsynced = true;

  Publisher(
      Io io,
      long inode,
      Layout layout,
      Gate gate,
      KnownAttributes known,
      StripeStates stripes,
      Unpublished unpublished) {
    this.io = io;
    this.inode = inode;
    this.layout = layout;
    this.gate = gate;
    this.known = known;
    this.stripes = stripes;
    this.unpublished = unpublished;
  }

  /// Tells what is not known yet, if there is something.
  ///
  /// @param space whether the space that the file takes is found out before, where it isn't known
  void publish(boolean space) throws ErrnoException {
    if (space) {
      findSpace();
    }
    Unpublished.News news = begin(true);
    boolean told = false;
    Attributes answer = null;
    try {
      if (!news.isEmpty()) {
        UpdateWrittenRequest.Builder request = UpdateWrittenRequest.newBuilder().setInode(inode);
        if (news.written() != null) {
          request.setWritten(news.written());
        }
        if (news.atime() != null) {
          request.setAtime(news.atime());
        }
        answer = io.calls().change(inode, Operations.UPDATE_WRITTEN, request.build());
        told = true;
      }
    } finally {
      end(news, told, answer);
    }
  }

  /// Ends one opening, telling what is not known yet with it.
  ///
  /// @param forWriting whether the opening was for writing; one that was not tells no writes of
  ///   others
  void close(boolean forWriting, boolean neverWritten) throws ErrnoException {
    if (forWriting) {
      findSpace();
    }
    Unpublished.News news = begin(forWriting);
    boolean told = false;
    try {
      CloseRequest.Builder request =
          CloseRequest.newBuilder()
              .setInode(inode)
              .setOpenedForWriting(forWriting)
              .setNeverWritten(neverWritten);
      if (news.atime() != null) {
        request.setAtime(news.atime());
      }
      CloseRequest withoutWritten = request.build();
      if (news.written() == null) {
        Empty _ = io.calls().change(inode, Operations.CLOSE, withoutWritten);
      } else {
        close(request.setWritten(news.written()).build(), withoutWritten);
      }
      told = true;
    } finally {
      end(news, told, null);
    }
  }

  /// A shard that does not take the news still has to end the opening.
  private void close(CloseRequest request, CloseRequest withoutWritten) throws ErrnoException {
    long startNanos = io.clock().nanoTime();
    try {
      Empty _ = io.calls().change(inode, Operations.CLOSE, request);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EIO.number() && !io.waitedInVain(startNanos)) {
        ErrnoException second =
            Io.result(() -> {
              Empty _ = io.calls().change(inode, Operations.CLOSE, withoutWritten);
            });
        if (second != null) {
          e.addSuppressed(second);
        }
      }
      throw e;
    }
  }

  private Unpublished.News begin(boolean writes) throws ErrnoException {
    gate.lock();
    try {
      Waits.unlessInterrupted(gate, "the file's shard", () -> !publishing);
      publishing = true;
      return unpublished.news(stripes.allocatedTotal(), writes);
    } finally {
      gate.unlock();
    }
  }

  private void end(Unpublished.News news, boolean told, @Nullable Attributes answer) {
    gate.lock();
    try {
      publishing = false;
      if (told) {
        io.progressed();
        unpublished.told(news);
        known.reaches(news.written() == null ? 0 : news.ackedEnd());
        if (news.atime() != null) {
          known.readAt(news.atime());
        }
        metadataUnsynced |= news.written() != null;
      }
      if (answer != null) {
        known.accept(answer);
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Asks for the space of those chunk files that are not known, if it is to be told.
  ///
  /// What a stripe does not answer stays unknown and is not told; the space is a hint only.
  private void findSpace() {
    List<Integer> unknown = unknownStripes();
    ErrnoException _ =
        Io.result(
            () -> io.onStripesUnlessInterrupted(Lanes.Kind.RANGE, layout, unknown, this::stat));
  }

  private List<Integer> unknownStripes() {
    List<Integer> unknown = new ArrayList<>();
    gate.lock();
    try {
      if (!unpublished.isWritten()) {
        return unknown;
      }
      // Space beyond the end is there only where somebody reserved it.
      boolean reserved = known.latest().getAllocatedBytes() > known.size();
      for (int stripe = 0; stripe < layout.stripes().size(); stripe++) {
        if (!stripes.allocatedKnown(stripe)) {
          if (reserved || layout.chunkFileBytes(stripe, known.size()) > 0) {
            unknown.add(stripe);
          } else {
            stripes.seen(stripe, ChunkState.getDefaultInstance());
          }
        }
      }
      return unknown;
    } finally {
      gate.unlock();
    }
  }

  private void stat(int stripe) throws ErrnoException {
    ChunkState state = stateOf(stripe);
    gate.lock();
    try {
      if (!stripes.allocatedKnown(stripe)) {
        stripes.seen(stripe, state);
      }
    } finally {
      gate.unlock();
    }
  }

  ChunkState stateOf(int stripe) throws ErrnoException {
    StatChunkRequest request =
        StatChunkRequest.newBuilder().setChunk(Io.chunk(inode, stripe)).build();
    return io.calls().stripe(layout, stripe, Operations.STAT_CHUNK, request, null, null).reply();
  }

  /// Whether a request is on its way. The gate is held.
  boolean isPublishing() {
    return publishing;
  }

  /// Whether the shard may hold something of the file that is not on its disk: all that was told,
  /// and what was there when the file was opened. The gate is held.
  boolean isMetadataUnsynced() {
    return metadataUnsynced;
  }

  /// The shard is about to sync what it knows. The gate is held.
  void metadataSynced() {
    metadataUnsynced = false;
  }

  /// The shard knows more, or could not sync. The gate is held.
  void metadataUnsynced() {
    metadataUnsynced = true;
  }
}
