package org.skep.storage.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.cluster.NodeKind;
import org.skep.runtime.rpc.BulkBuffers;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.RequestCycle;
import org.skep.runtime.twin.FrameFuzz;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.runtime.twin.RandomMessages;
import org.skep.storage.TestTarget;
import org.skep.wire.Operation;
import org.skep.wire.Operations;

/// A million damaged frames, from the socket's bytes to the disk in memory: each is answered or
/// ends its connection, none makes more memory than a request may, and the server serves on.
class FrameFuzzTest {
  private static final int FRAMES = 1_000_000;
  private static final long FRAME_ALLOCATES_MAX = 4 << 20;
  private static final long FRAME_NANOS = 1_000_000_000L;
  private static final FrameFuzz.Sender CLIENT = new FrameFuzz.Sender(NodeKind.CLIENT, 1);
  private static final List<Operation<?, ?>> STORAGE =
      Operations.all().stream()
          .filter(operation -> operation.destination() == Operation.Destination.STORAGE)
          .toList();

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void aMillionDamagedFrames() throws IOException {
    MemoryDisk disk = new MemoryDisk("memory");
    disk.setCapacityBytes(4 << 20);
    TestTarget target = new TestTarget(disk);
    RequestCycle cycle =
        new RequestCycle(
            ChunkOperations.register(new Dispatcher(), target.targets, target.clock),
            new BulkBuffers(target.clock, 1),
            target.clock,
            () -> 1,
            FRAME_NANOS);
    SplittableRandom random = new SplittableRandom(2);
    RandomMessages messages = RandomRequests.of(random);
    FrameFuzz fuzz = new FrameFuzz(cycle, random);
    for (int number = 0; number < FRAMES; number++) {
      Operation<?, ?> operation = STORAGE.get(random.nextInt(STORAGE.size()));
      fuzz.hit(
          new FrameFuzz.Request(
              operation, messages.bytes(operation), TestTarget.ID, TestTarget.EPOCH, 0, 0),
          CLIENT);
    }
    assertThat(fuzz.allocatedMaxBytes()).isLessThan(FRAME_ALLOCATES_MAX);
    assertThat(fuzz.answered()).isGreaterThan(FRAMES / 5);
    assertThat(fuzz.cutOff()).isGreaterThan(FRAMES / 5);
    assertThat(disk.list("")).isSubsetOf("chunks", TestTarget.MARKER);
    assertThat(target.target.fault()).isNull();
  }
}
