package org.skep.storage.operation;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.mirror.ForwardedRequest;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.GroupView;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.Turn;
import org.skep.mirror.range.EarlyUpload;
import org.skep.mirror.range.MemberRequests;
import org.skep.mirror.range.Range;
import org.skep.runtime.rpc.BulkStream;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.runtime.rpc.StreamingHandler;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.FrameHeader;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.WriteChunkRequest;

/// WRITE_CHUNK: the bulk payload goes to the chunk file, which is made if it is missing. Answered
/// when the page cache of every host that must have it has it.
///
/// At the primary of a pair it goes on to the secondary while it arrives. Both write it when they
/// have all of it and its checksum is right.
public final class WriteChunk implements StreamingHandler<WriteChunkRequest, ChunkState> {
  private final ServedTargets targets;

  public WriteChunk(ServedTargets targets) {
    this.targets = targets;
  }

  @Override
  public Outcome<ChunkState> handle(WriteChunkRequest request, Exchange exchange, BulkStream bulk)
      throws IOException {
    FrameHeader header = exchange.header();
    try {
      if ((header.flags() & FrameHeader.FLAG_GROUP) != 0) {
        return mirrored(request, exchange, bulk);
      }
      StorageTarget target = targets.find(header, exchange.role());
      ChunkKey key = key(request, bulk);
      takeAll(bulk, null);
      return plain(request, key, target, bulk.whole());
    } catch (RefusedException e) {
      return Outcome.refused(e.failure());
    } catch (MemberRefusal e) {
      return Outcome.refused(e.failure());
    }
  }

  private static ChunkKey key(WriteChunkRequest request, BulkStream bulk) throws RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    RequestChecks.range(request.getOffset(), bulk.totalBytes());
    return key;
  }

  private static void takeAll(BulkStream bulk, @Nullable EarlyUpload<ChunkState> early)
      throws IOException {
    for (ByteBuffer piece = bulk.next(); piece != null; piece = bulk.next()) {
      if (early != null) {
        early.piece(piece);
      }
    }
  }

  private static Outcome<ChunkState> plain(
      WriteChunkRequest request, ChunkKey key, StorageTarget target, ByteBuffer data) {
    int bytes = data.remaining();
    try {
      Outcome<ChunkState> outcome =
          ChunkOperation.done(target.chunks().write(key, data, request.getOffset()));
      target.countWritten(bytes);
      return outcome;
    } catch (IOException e) {
      return Outcome.refused(target.failure(e));
    }
  }

  /// The member's turn begins when all has arrived: no change of roles waits for a slow client.
  private Outcome<ChunkState> mirrored(
      WriteChunkRequest request, Exchange exchange, BulkStream bulk)
      throws IOException, RefusedException, MemberRefusal {
    FrameHeader header = exchange.header();
    StorageTarget target = targets.findMember(header, exchange.role());
    StorageTarget.Membership membership = target.member();
    ChunkKey key = key(request, bulk);
    try (EarlyUpload<ChunkState> early = early(membership, request, exchange, bulk)) {
      takeAll(bulk, early);
      try (Turn turn = membership.member().enter(header, exchange.client(), Access.CHANGE)) {
        Mirrored group = new Mirrored(target, turn, membership);
        return write(request, key, group, bulk, early);
      }
    }
  }

  /// Refuses what would be refused at the end, too, before it is sent anywhere.
  private static @Nullable EarlyUpload<ChunkState> early(
      StorageTarget.Membership membership,
      WriteChunkRequest request,
      Exchange exchange,
      BulkStream bulk)
      throws MemberRefusal {
    GroupView view;
    try (Turn turn =
        membership.member().enter(exchange.header(), exchange.client(), Access.CHANGE)) {
      if (turn.forwarded() || bulk.totalBytes() <= BulkStream.PIECE_BYTES) {
        return null;
      }
      view = turn.view();
    }
    ForwardedRequest<WriteChunkRequest, ChunkState> forwarded =
        new ForwardedRequest<>(Operations.WRITE_CHUNK, request, null, bulk.crc());
    return membership.replica().requests().early(view, forwarded, bulk.totalBytes());
  }

  private static Outcome<ChunkState> write(
      WriteChunkRequest request,
      ChunkKey key,
      Mirrored group,
      BulkStream bulk,
      @Nullable EarlyUpload<ChunkState> early)
      throws MemberRefusal {
    ByteBuffer data = bulk.whole();
    Range range = Range.of(request.getOffset(), data.remaining());
    MemberRequests.Change<WriteChunkRequest, ChunkState> change =
        new MemberRequests.Change<>(
            Mirrored.item(key),
            range,
            new ForwardedRequest<>(Operations.WRITE_CHUNK, request, data, bulk.crc()));
    try {
      ChunkState state =
          group
              .requests()
              .change(
                  group.turn(),
                  change,
                  () ->
                      group.state(group.chunks().write(key, data.duplicate(), request.getOffset())),
                  early);
      group.target().countWritten(range.length());
      return Outcome.done(state);
    } catch (IOException e) {
      return Outcome.refused(group.target().failure(e));
    }
  }
}
