package org.skep.management.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.cluster.NodeKind;
import org.skep.management.machine.RecordCodec;
import org.skep.runtime.rpc.BulkBuffers;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.RequestCycle;
import org.skep.runtime.twin.FrameFuzz;
import org.skep.runtime.twin.RandomMessages;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.Kind;

/// A million damaged frames, from the socket's bytes to the log in memory: each is answered or ends
/// its connection, none makes more memory than a request may, the log can be read, and management
/// serves on.
class FrameFuzzTest {
  private static final int FRAMES = 1_000_000;
  private static final long FRAME_NANOS = 1_000_000_000L;
  private static final long FRAME_ALLOCATES_MAX = 16 << 20;
  private static final List<NodeKind> ROLES =
      List.of(NodeKind.CLIENT, NodeKind.METADATA, NodeKind.STORAGE);
  private static final List<Operation<?, ?>> MANAGEMENT =
      Operations.all().stream()
          .filter(operation -> operation.destination() == Operation.Destination.MANAGEMENT)
          .toList();

  private final DeskWorld world = new DeskWorld();
  private final SplittableRandom random = new SplittableRandom(4);

  private RandomMessages messages() {
    return new RandomMessages(random)
        .field("id", () -> random.nextInt(6))
        .field("node_id", () -> random.nextInt(6))
        .field("target_id", () -> random.nextInt(20))
        .field("incarnation", () -> 1 + random.nextInt(3))
        .field("storage_pool_id", () -> random.nextInt(3))
        .field("group_id", () -> random.nextInt(4))
        .field("primary", () -> random.nextInt(20))
        .field("secondary", () -> random.nextInt(20))
        .field("epoch", () -> random.nextInt(5))
        .field("consistency", () -> random.nextInt(3))
        .field("buddy_unreachable_epoch", () -> random.nextInt(5))
        .field("map_version", () -> random.nextInt(50))
        .field("port", () -> 1 + random.nextInt(65_535))
        .names(List.of("", "c", "host", "uuid-1", "uuid-2", "uuid-3", "uuid-4", "uuid-5"));
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void aMillionDamagedFrames() {
    RequestCycle cycle =
        new RequestCycle(
            DeskOperations.register(new Dispatcher(), world.desk),
            new BulkBuffers(world.clock, 1),
            world.clock,
            () -> world.machine.map().version(),
            FRAME_NANOS);
    FrameFuzz fuzz = new FrameFuzz(cycle, random);
    RandomMessages messages = messages();
    for (int number = 0; number < FRAMES; number++) {
      Operation<?, ?> operation = MANAGEMENT.get(random.nextInt(MANAGEMENT.size()));
      fuzz.hit(
          new FrameFuzz.Request(operation, messages.bytes(operation), 0, 0, 0, 0),
          new FrameFuzz.Sender(ROLES.get(random.nextInt(ROLES.size())), 1 + random.nextInt(50)));
    }
    assertThat(fuzz.allocatedMaxBytes()).isLessThan(FRAME_ALLOCATES_MAX);
    assertThat(fuzz.answered()).isGreaterThan(FRAMES / 5);
    assertThat(fuzz.cutOff()).isGreaterThan(FRAMES / 5);
    assertThat(world.memoryLog.broken()).isNull();
    assertThat(world.machine.map().nodes()).isNotEmpty();
    assertThat(RecordCodec.state(world.machine.snapshot())).isEqualTo(world.machine.state());
    assertThat(world.register(Kind.STORAGE, 0, 7, "after").getNodeId()).isPositive();
  }
}
