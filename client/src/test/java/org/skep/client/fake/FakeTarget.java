package org.skep.client.fake;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.skep.linux.Errno;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.AllocateChunkRequest;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.PunchChunkRequest;
import org.skep.wire.message.ReadChunkReply;
import org.skep.wire.message.ReadChunkRequest;
import org.skep.wire.message.SeekChunkReply;
import org.skep.wire.message.SeekChunkRequest;
import org.skep.wire.message.StatChunkRequest;
import org.skep.wire.message.SyncChunkRequest;
import org.skep.wire.message.WriteChunkRequest;

/// A storage target in memory: what contracts.md says of one.
public final class FakeTarget {
  private final Map<ChunkId, FakeChunkFile> files = new HashMap<>();
  private long durability = 1;

  /// The host crashed and came back: writes before are not to be synced any more.
  public synchronized void crash() {
    durability++;
  }

  synchronized Object serve(Object request, ByteBuffer bulkOut, ByteBuffer bulkIn) {
    return switch (request) {
      case WriteChunkRequest write -> {
        byte[] data = new byte[bulkOut.remaining()];
        bulkOut.duplicate().get(data);
        file(write.getChunk()).write(write.getOffset(), data);
        yield state(write.getChunk());
      }
      case ReadChunkRequest read -> read(read, bulkIn);
      case PunchChunkRequest punch -> {
        FakeChunkFile file = files.get(punch.getChunk());
        if (file != null) {
          file.zero(punch.getOffset(), punch.getLength(), punch.getZeroRange());
        }
        yield state(punch.getChunk());
      }
      case AllocateChunkRequest allocate -> {
        file(allocate.getChunk())
            .allocate(allocate.getOffset(), allocate.getLength(), allocate.getKeepSize());
        yield state(allocate.getChunk());
      }
      case SyncChunkRequest sync ->
          sync.getDurabilitySeen() != 0 && sync.getDurabilitySeen() != durability
              ? new Answer.Refused<>(Failure.errno(Errno.EIO.number(), "data was lost"))
              : state(sync.getChunk());
      case StatChunkRequest stat -> state(stat.getChunk());
      case SeekChunkRequest seek -> {
        FakeChunkFile file = files.get(seek.getChunk());
        long found = file == null ? -1 : file.seek(seek.getOffset(), seek.getHole());
        yield found < 0
            ? SeekChunkReply.getDefaultInstance()
            : SeekChunkReply.newBuilder().setOffset(found).build();
      }
      default -> throw new AssertionError("not for a target: " + request.getClass());
    };
  }

  private Answer<ReadChunkReply> read(ReadChunkRequest read, ByteBuffer bulkIn) {
    FakeChunkFile file = files.get(read.getChunk());
    byte[] data = file == null ? new byte[0] : file.read(read.getOffset(), read.getLength());
    bulkIn.put(data);
    return new Answer.Done<>(
        ReadChunkReply.newBuilder().setChunkLength(file == null ? 0 : file.length()).build(),
        data.length);
  }

  private FakeChunkFile file(ChunkId chunk) {
    return files.computeIfAbsent(chunk, c -> new FakeChunkFile());
  }

  private ChunkState state(ChunkId chunk) {
    FakeChunkFile file = files.get(chunk);
    return ChunkState.newBuilder()
        .setLength(file == null ? 0 : file.length())
        .setAllocatedBytes(file == null ? 0 : file.allocatedBytes())
        .setDurability(durability)
        .build();
  }

  synchronized void cut(ChunkId chunk, long length) {
    FakeChunkFile file = files.get(chunk);
    if (file != null && file.length() > length) {
      file.truncate(length);
    }
  }

  /// Whether the byte of the chunk file is in a hole.
  public synchronized boolean isHole(ChunkId chunk, long offset) {
    FakeChunkFile file = files.get(chunk);
    return file == null || offset >= file.length() || file.seek(offset, true) == offset;
  }

  public synchronized long length(ChunkId chunk) {
    return state(chunk).getLength();
  }

  public synchronized long allocatedBytes(ChunkId chunk) {
    return state(chunk).getAllocatedBytes();
  }
}
