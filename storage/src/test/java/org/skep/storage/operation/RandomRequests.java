package org.skep.storage.operation;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.util.SplittableRandom;
import org.skep.storage.TestTarget;
import org.skep.wire.Operation;
import org.skep.wire.message.AllocateChunkRequest;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ListChunksRequest;
import org.skep.wire.message.PunchChunkRequest;
import org.skep.wire.message.ReadChunkRequest;
import org.skep.wire.message.RemoveChunksRequest;
import org.skep.wire.message.SeekChunkRequest;
import org.skep.wire.message.StatChunkRequest;
import org.skep.wire.message.SyncChunkRequest;
import org.skep.wire.message.TruncateChunkRequest;
import org.skep.wire.message.WriteChunkRequest;

/// Requests of storage with edge values and damage, by seed.
final class RandomRequests {
  private static final long[] EDGES = {
    0,
    1,
    -1,
    4095,
    4096,
    1 << 20,
    (1 << 20) + 1,
    Integer.MAX_VALUE,
    1L << 32,
    (1L << 43) - 1,
    1L << 43,
    (1L << 43) + 4096,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Long.MAX_VALUE - 1,
    1L << 62
  };

  private RandomRequests() {}

  /// A request with edge values, one time in three with flipped bytes, or bytes of chance.
  static byte[] request(Operation<?, ?> operation, SplittableRandom random) {
    if (random.nextInt(10) == 0) {
      byte[] chance = new byte[random.nextInt(40)];
      random.nextBytes(chance);
      return chance;
    }
    byte[] bytes = valid(operation, random).toByteArray();
    for (int flips = random.nextInt(3) == 0 ? random.nextInt(4) : 0; flips > 0; flips--) {
      if (bytes.length > 0) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
    }
    return bytes;
  }

  private static MessageLite valid(Operation<?, ?> operation, SplittableRandom random) {
    ChunkId chunk = chunk(random);
    long offset = number(random);
    long length = number(random);
    boolean flag = random.nextBoolean();
    return switch (operation.name()) {
      case "write-chunk" ->
          WriteChunkRequest.newBuilder().setChunk(chunk).setOffset(offset).build();
      case "read-chunk" ->
          ReadChunkRequest.newBuilder()
              .setChunk(chunk)
              .setOffset(offset)
              .setLength((int) length)
              .build();
      case "truncate-chunk" ->
          TruncateChunkRequest.newBuilder().setChunk(chunk).setLength(length).build();
      case "punch-chunk" ->
          PunchChunkRequest.newBuilder()
              .setChunk(chunk)
              .setOffset(offset)
              .setLength(length)
              .setZeroRange(flag)
              .build();
      case "allocate-chunk" ->
          AllocateChunkRequest.newBuilder()
              .setChunk(chunk)
              .setOffset(offset)
              .setLength(length)
              .setKeepSize(flag)
              .build();
      case "sync-chunk" ->
          SyncChunkRequest.newBuilder()
              .setChunk(chunk)
              .setDurabilitySeen(flag ? 0 : length)
              .setDataOnly(random.nextBoolean())
              .build();
      case "stat-chunk" -> StatChunkRequest.newBuilder().setChunk(chunk).build();
      case "seek-chunk" ->
          SeekChunkRequest.newBuilder().setChunk(chunk).setOffset(offset).setHole(flag).build();
      case "remove-chunks" -> removal(random);
      case "list-chunks" ->
          ListChunksRequest.newBuilder()
              .setCursor(ByteString.copyFromUtf8(cursor(random)))
              .setCountMax((int) length)
              .build();
      default -> throw new AssertionError(operation.name());
    };
  }

  private static MessageLite removal(SplittableRandom random) {
    RemoveChunksRequest.Builder request = RemoveChunksRequest.newBuilder();
    int count = random.nextInt(20) == 0 ? 1001 : random.nextInt(3);
    for (int number = 0; number < count; number++) {
      request.addChunks(chunk(random));
    }
    return request.build();
  }

  private static String cursor(SplittableRandom random) {
    return switch (random.nextInt(5)) {
      case 0 -> "../../";
      case 1 -> "00/00/0001000000000003-0";
      case 2 -> "ff/00/";
      case 3 -> "x".repeat(random.nextInt(100));
      default -> "";
    };
  }

  private static ChunkId chunk(SplittableRandom random) {
    if (random.nextInt(10) == 0) {
      return ChunkId.newBuilder().setInode(random.nextLong()).setStripe(random.nextInt()).build();
    }
    return TestTarget.chunk(random.nextInt(1, 30)).toBuilder().setStripe(random.nextInt(3)).build();
  }

  private static long number(SplittableRandom random) {
    return random.nextInt(3) == 0 ? EDGES[random.nextInt(EDGES.length)] : random.nextInt(50_000);
  }
}
