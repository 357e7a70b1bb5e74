package org.skep.storage.operation;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ReadChunkReply;
import org.skep.wire.message.ReadChunkRequest;

/// READ_CHUNK: at most 1 MiB, straight into the connection's buffer.
public final class ReadChunk extends ChunkOperation<ReadChunkRequest, ReadChunkReply> {

  public ReadChunk(ServedTargets targets) {
    super(targets);
  }

  @Override
  Outcome<ReadChunkReply> serve(ReadChunkRequest request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    ChunkKey key = RequestChecks.key(request.getChunk());
    RequestChecks.range(request.getOffset(), Integer.toUnsignedLong(request.getLength()));
    ByteBuffer answer = exchange.answerBuffer();
    if (Integer.toUnsignedLong(request.getLength()) > answer.remaining()) {
      throw RequestChecks.malformed(
          "a read of " + Integer.toUnsignedString(request.getLength()) + " bytes");
    }
    answer.limit(answer.position() + request.getLength());
    long chunkLength = target.chunks().read(key, answer, request.getOffset());
    answer.flip();
    target.countRead(answer.remaining());
    ReadChunkReply reply = ReadChunkReply.newBuilder().setChunkLength(chunkLength).build();
    return new Outcome.Done<>(reply, answer);
  }
}
