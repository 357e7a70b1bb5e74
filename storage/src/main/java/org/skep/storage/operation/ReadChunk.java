package org.skep.storage.operation;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.range.Range;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ReadChunkReply;
import org.skep.wire.message.ReadChunkRequest;

/// READ_CHUNK: at most 1 MiB, straight into the connection's buffer.
public final class ReadChunk extends ChunkOperation<ReadChunkRequest, ReadChunkReply> {

  public ReadChunk(ServedTargets targets) {
    super(targets, Access.READ);
  }

  @Override
  Outcome<ReadChunkReply> serve(ReadChunkRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    ByteBuffer answer = room(request, exchange);
    return read(request, key, target, target.chunks(), answer);
  }

  @Override
  Outcome<ReadChunkReply> serve(ReadChunkRequest request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException, MemberRefusal {
    ChunkKey key = RequestChecks.key(request.getChunk());
    ByteBuffer answer = room(request, exchange);
    Range range = Range.of(request.getOffset(), request.getLength());
    return group
        .requests()
        .read(
            group.turn(),
            Mirrored.item(key),
            range,
            () -> read(request, key, group.target(), group.chunks(), answer));
  }

  private static ByteBuffer room(ReadChunkRequest request, Exchange exchange)
      throws RefusedException {
    RequestChecks.range(request.getOffset(), Integer.toUnsignedLong(request.getLength()));
    ByteBuffer answer = exchange.answerBuffer();
    if (Integer.toUnsignedLong(request.getLength()) > answer.remaining()) {
      throw RequestChecks.malformed(
          "a read of " + Integer.toUnsignedString(request.getLength()) + " bytes");
    }
    return answer.limit(answer.position() + request.getLength());
  }

  private static Outcome<ReadChunkReply> read(
      ReadChunkRequest request,
      ChunkKey key,
      StorageTarget target,
      ChunkStore chunks,
      ByteBuffer answer)
      throws IOException {
    long chunkLength = chunks.read(key, answer, request.getOffset());
    answer.flip();
    target.countRead(answer.remaining());
    ReadChunkReply reply = ReadChunkReply.newBuilder().setChunkLength(chunkLength).build();
    return new Outcome.Done<>(reply, answer);
  }
}
