package org.skep.storage.operation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.runtime.twin.RandomMessages;
import org.skep.storage.TestTarget;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.Operation;
import org.skep.wire.Operations;

/// Whatever a client sends, an operation answers it or refuses it: nothing is thrown, and no other
/// files than chunk files are made.
class OperationFuzzTest {
  private static final int REQUESTS = 150_000;

  private record Row<Q extends MessageLite>(Operation<Q, ?> operation, Handler<Q, ?> handler) {}

  @Test
  void nothingCanBreakTheOperations() throws IOException {
    MemoryDisk disk = new MemoryDisk("memory");
    disk.setCapacityBytes(4 << 20);
    TestTarget target = new TestTarget(disk);
    List<Row<?>> rows =
        List.of(
            new Row<>(Operations.WRITE_CHUNK, target.plain(new WriteChunk(target.targets))),
            new Row<>(Operations.READ_CHUNK, new ReadChunk(target.targets)),
            new Row<>(Operations.TRUNCATE_CHUNK, new TruncateChunk(target.targets)),
            new Row<>(Operations.PUNCH_CHUNK, new PunchChunk(target.targets)),
            new Row<>(Operations.ALLOCATE_CHUNK, new AllocateChunk(target.targets)),
            new Row<>(Operations.SYNC_CHUNK, new SyncChunk(target.targets)),
            new Row<>(Operations.STAT_CHUNK, new StatChunk(target.targets)),
            new Row<>(Operations.SEEK_CHUNK, new SeekChunk(target.targets)),
            new Row<>(Operations.REMOVE_CHUNKS, new RemoveChunks(target.targets)),
            new Row<>(Operations.LIST_CHUNKS, new ListChunks(target.targets)));
    SplittableRandom random = new SplittableRandom(20);
    RandomMessages messages = RandomRequests.of(random);
    int done = 0;
    int refused = 0;
    for (int number = 0; number < REQUESTS; number++) {
      Row<?> row = rows.get(random.nextInt(rows.size()));
      Outcome<?> outcome = ask(target, row, messages.bytes(row.operation()), random);
      if (outcome instanceof Outcome.Done) {
        done++;
      } else if (outcome != null) {
        refused++;
      }
    }
    assertThat(done).isGreaterThan(REQUESTS / 10);
    assertThat(refused).isGreaterThan(REQUESTS / 10);
    assertThat(disk.list("")).isSubsetOf("chunks", TestTarget.MARKER);
    assertThat(target.target.fault()).isNull();
  }

  private static <Q extends MessageLite> Outcome<?> ask(
      TestTarget target, Row<Q> row, ByteString request, SplittableRandom random) {
    Q message;
    try {
      message = row.operation().requestParser().parseFrom(request);
    } catch (InvalidProtocolBufferException e) {
      return null; // refused before the operation
    }
    byte[] bulk = new byte[random.nextInt(4) == 0 ? random.nextInt(20_000) : 0];
    return target.ask(row.handler(), message, bulk, header(bulk.length, random));
  }

  private static FrameHeader header(int bulkBytes, SplittableRandom random) {
    if (random.nextInt(20) > 0) {
      return TestTarget.header(bulkBytes);
    }
    return new FrameHeader(
        FrameKind.REQUEST,
        random.nextInt(),
        random.nextLong(),
        random.nextInt(),
        bulkBytes,
        0,
        random.nextBoolean() ? TestTarget.ID : random.nextInt(),
        random.nextBoolean() ? TestTarget.EPOCH : random.nextLong(),
        random.nextLong(),
        random.nextLong(),
        random.nextInt());
  }
}
