package org.skep.storage.resync;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.range.Item;
import org.skep.mirror.range.ItemRange;
import org.skep.mirror.range.Range;
import org.skep.runtime.port.DiskException;
import org.skep.storage.chunk.BlockSums;
import org.skep.storage.chunk.ChunkKey;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.ChangedRange;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ChunkSumsReply;
import org.skep.wire.message.ChunkSumsRequest;
import org.skep.wire.message.CopyChunkRequest;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.ListChunksReply;
import org.skep.wire.message.ListChunksRequest;
import org.skep.wire.message.ReadChunkRequest;
import org.skep.wire.message.ResyncBeginReply;
import org.skep.wire.message.ResyncBeginRequest;
import org.skep.wire.message.ResyncEndRequest;

/// The other member, asked by its primary in one epoch. Any thread may call it.
///
/// All methods throw DiskException if the secondary answers with an errno (its disk fails, is
/// full), and InterruptedResyncException if it does not answer, or is no secondary of this epoch.
final class Secondary {
  /// A process that hangs is dropped as soon as management calls it Offline; this is for the rest.
  private static final long ANSWER_NANOS = 10_000_000_000L;

  /// A file system with much that is dirty takes its time.
  private static final long SYNC_NANOS = 600_000_000_000L;

  private static final int ACTIVE_MAX = 512;
  private static final int LIST_MAX = 1000;

  private final GroupMember member;
  private final GroupView view;

  /// @param view in which it is asked
  Secondary(GroupMember member, GroupView view) {
    this.member = member;
    this.view = view;
  }

  /// What it says of itself at the beginning.
  ///
  /// @param unsure it does not know what of it is true
  record Beginning(List<ItemRange> active, boolean unsure) {}

  /// Between two attempts.
  @FunctionalInterface
  interface Patience {
    /// @return false if there is not to be another one
    boolean pause() throws InterruptedResyncException, InterruptedException;
  }

  /// A part of its chunk files, in directory order.
  record Listing(List<ChunkKey> chunks, ByteString cursor, boolean end) {}

  /// Waits as long as it has to adopt the map that calls it Needs-resync.
  ///
  /// @param patience asked before each further attempt
  Beginning begin(Patience patience)
      throws DiskException, InterruptedResyncException, InterruptedException {
    Answer<ResyncBeginReply> answer = askToBegin();
    while (isBehind(answer) && patience.pause()) {
      answer = askToBegin();
    }
    ResyncBeginReply reply = reply(Operations.RESYNC_BEGIN, answer);
    if (reply.getActiveCount() > ACTIVE_MAX) {
      throw broken("answers with " + reply.getActiveCount() + " ranges");
    }
    List<ItemRange> active = new ArrayList<>();
    for (ChangedRange range : reply.getActiveList()) {
      if (range.getOffset() < 0 || range.getLength() < 0) {
        throw broken("answers with a range that can't be");
      }
      ChunkKey key = key(range.getChunk());
      active.add(new ItemRange(item(key), Range.of(range.getOffset(), range.getLength())));
    }
    return new Beginning(active, reply.getUnsure());
  }

  private Answer<ResyncBeginReply> askToBegin() throws InterruptedResyncException {
    return answer(
        Operations.RESYNC_BEGIN, ResyncBeginRequest.getDefaultInstance(), null, null, ANSWER_NANOS);
  }

  private static boolean isBehind(Answer<?> answer) {
    return answer instanceof Answer.Refused(Failure failure)
        && (failure.kind() == FailureMessage.Kind.RETRY
            || failure.kind() == FailureMessage.Kind.NOT_SERVED);
  }

  /// Returns when everything that it has is on its disk.
  void end() throws DiskException, InterruptedResyncException {
    Object _ = ask(Operations.RESYNC_END, ResyncEndRequest.getDefaultInstance(), null, SYNC_NANOS);
  }

  BlockSums sums(ChunkKey key, long offset, int blocksMax)
      throws DiskException, InterruptedResyncException {
    ChunkSumsReply reply =
        ask(
            Operations.CHUNK_SUMS,
            ChunkSumsRequest.newBuilder()
                .setChunk(id(key))
                .setOffset(offset)
                .setBlocksMax(blocksMax)
                .build(),
            null,
            ANSWER_NANOS);
    if (reply.getSumsCount() > blocksMax || reply.getChunkLength() < 0 || reply.getNextData() < 0) {
      throw broken("answers with checksums that can't be");
    }
    return new BlockSums(
        reply.getExists(), reply.getChunkLength(), reply.getNextData(), reply.getSumsList());
  }

  /// Fills the buffer; what is behind the end of the chunk file reads as zeros.
  void read(ChunkKey key, long offset, ByteBuffer into)
      throws DiskException, InterruptedResyncException {
    ReadChunkRequest request =
        ReadChunkRequest.newBuilder()
            .setChunk(id(key))
            .setOffset(offset)
            .setLength(into.remaining())
            .build();
    Object _ = ask(Operations.READ_CHUNK, request, null, into, ANSWER_NANOS);
    while (into.hasRemaining()) {
      into.put((byte) 0);
    }
  }

  /// Writes the buffer's bytes, which stay as they are.
  void write(ChunkKey key, long offset, ByteBuffer data)
      throws DiskException, InterruptedResyncException {
    CopyChunkRequest.Builder request = CopyChunkRequest.newBuilder().setChunk(id(key));
    copy(request.setOffset(offset), data);
  }

  void hole(ChunkKey key, long offset, long length)
      throws DiskException, InterruptedResyncException {
    CopyChunkRequest.Builder request = CopyChunkRequest.newBuilder().setChunk(id(key));
    copy(request.setOffset(offset).setHoleLength(length), null);
  }

  /// Makes the chunk file exactly so long, also from nothing.
  void setLength(ChunkKey key, long length) throws DiskException, InterruptedResyncException {
    copy(CopyChunkRequest.newBuilder().setChunk(id(key)).setLength(length), null);
  }

  void remove(ChunkKey key) throws DiskException, InterruptedResyncException {
    copy(CopyChunkRequest.newBuilder().setChunk(id(key)).setRemove(true), null);
  }

  private void copy(CopyChunkRequest.Builder request, @Nullable ByteBuffer data)
      throws DiskException, InterruptedResyncException {
    Object _ = ask(Operations.COPY_CHUNK, request.build(), data, ANSWER_NANOS);
  }

  /// @param cursor empty: from the start
  Listing list(ByteString cursor) throws DiskException, InterruptedResyncException {
    ListChunksReply reply =
        ask(
            Operations.LIST_CHUNKS,
            ListChunksRequest.newBuilder().setCursor(cursor).setCountMax(LIST_MAX).build(),
            null,
            ANSWER_NANOS);
    if (reply.getChunksCount() > LIST_MAX) {
      throw broken("lists " + reply.getChunksCount() + " chunks at once");
    }
    List<ChunkKey> chunks = new ArrayList<>();
    for (ChunkId chunk : reply.getChunksList()) {
      chunks.add(key(chunk));
    }
    return new Listing(chunks, reply.getCursor(), reply.getEnd());
  }

  private <Q extends MessageLite, R extends MessageLite> R ask(
      Operation<Q, R> operation, Q request, @Nullable ByteBuffer data, long timeoutNanos)
      throws DiskException, InterruptedResyncException {
    return ask(operation, request, data, null, timeoutNanos);
  }

  private <Q extends MessageLite, R extends MessageLite> R ask(
      Operation<Q, R> operation,
      Q request,
      @Nullable ByteBuffer data,
      @Nullable ByteBuffer into,
      long timeoutNanos)
      throws DiskException, InterruptedResyncException {
    return reply(operation, answer(operation, request, data, into, timeoutNanos));
  }

  private <Q extends MessageLite, R extends MessageLite> Answer<R> answer(
      Operation<Q, R> operation,
      Q request,
      @Nullable ByteBuffer data,
      @Nullable ByteBuffer into,
      long timeoutNanos)
      throws InterruptedResyncException {
    try {
      return member.ask(view, operation, request, data, into, timeoutNanos);
    } catch (IOException e) {
      throw new InterruptedResyncException(
          "the secondary does not answer to " + operation.name() + ": " + e.getMessage());
    }
  }

  private static <R extends MessageLite> R reply(Operation<?, R> operation, Answer<R> answer)
      throws DiskException, InterruptedResyncException {
    return switch (answer) {
      case Answer.Done<R> done -> done.reply();
      case Answer.Refused<R>(Failure failure) -> {
        if (failure.kind() == FailureMessage.Kind.ERRNO) {
          throw new DiskException(failure.errno(), failure.detail());
        }
        throw new InterruptedResyncException(
            "the secondary refuses " + operation.name() + ": " + failure.detail());
      }
    };
  }

  private ChunkKey key(ChunkId chunk) throws InterruptedResyncException {
    if (!ChunkKey.isValid(chunk.getInode(), chunk.getStripe())) {
      throw broken("names a chunk that can't be");
    }
    return new ChunkKey(chunk.getInode(), chunk.getStripe());
  }

  private InterruptedResyncException broken(String how) {
    return new InterruptedResyncException("the secondary of " + view.text() + " " + how);
  }

  static Item item(ChunkKey key) {
    return new Item(key.inode(), key.stripe());
  }

  static ChunkId id(ChunkKey key) {
    return ChunkId.newBuilder().setInode(key.inode()).setStripe(key.stripe()).build();
  }
}
