package org.skep.storage.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Connection;
import org.skep.runtime.rpc.BulkBuffers;
import org.skep.runtime.rpc.Caller;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.FrameBuffers;
import org.skep.runtime.rpc.RequestCycle;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.storage.TestTarget;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.Operation;
import org.skep.wire.Operations;

/// A million damaged frames, from the socket's bytes to the disk in memory: each is answered or
/// ends its connection, none makes more memory than a request may, and the server serves on.
class FrameFuzzTest {
  private static final int FRAMES = 1_000_000;
  private static final long FRAME_ALLOCATES_MAX = 4 << 20;
  private static final long FRAME_NANOS = 1_000_000_000L;
  private static final List<Operation<?, ?>> STORAGE =
      Operations.all().stream()
          .filter(operation -> operation.destination() == Operation.Destination.STORAGE)
          .toList();

  private final SplittableRandom random = new SplittableRandom(2);
  private final ByteBuffer frame = ByteBuffer.allocate(64 << 10);
  private int answered;
  private int cutOff;

  /// Gives out the frame's bytes and then ends; takes any answer.
  private final class FrameConnection implements Connection {
    @Override
    public void setTimeoutNanos(long nanos) {}

    @Override
    public void readFully(ByteBuffer into) throws IOException {
      if (frame.remaining() < into.remaining()) {
        into.put(frame);
        throw new EOFException("the frame ends early");
      }
      int limit = frame.limit();
      into.put(frame.limit(frame.position() + into.remaining()));
      frame.limit(limit);
    }

    @Override
    public void writeFully(ByteBuffer... from) {
      for (ByteBuffer buffer : from) {
        buffer.position(buffer.limit());
      }
    }

    @Override
    public boolean awaitReadable(long nanos) {
      return true;
    }

    @Override
    public void whenReadable(Runnable wake) {
      throw new AssertionError("no request waits");
    }

    @Override
    public String peer() {
      return "fuzz";
    }

    @Override
    public void close() {}
  }

  private static final class Client implements Caller {
    @Override
    public NodeKind role() {
      return NodeKind.CLIENT;
    }

    @Override
    public long client() {
      return 1;
    }

    @Override
    public boolean begin() {
      return true;
    }

    @Override
    public void end() {}

    @Override
    public boolean alive() {
      return true;
    }
  }

  @Test
  void aMillionDamagedFrames() throws IOException {
    MemoryDisk disk = new MemoryDisk("memory");
    disk.setCapacityBytes(4 << 20);
    TestTarget target = new TestTarget(disk);
    RequestCycle cycle =
        new RequestCycle(
            ChunkOperations.register(new Dispatcher(), target.targets),
            new BulkBuffers(target.clock, 1),
            target.clock,
            () -> 1,
            FRAME_NANOS);
    FrameBuffers buffers = new FrameBuffers();
    FrameConnection connection = new FrameConnection();
    Client client = new Client();
    long allocatedMax = 0;
    for (int number = 0; number < FRAMES; number++) {
      makeFrame();
      long before = allocatedBytes();
      run(cycle, connection, buffers, client);
      allocatedMax = Math.max(allocatedMax, allocatedBytes() - before);
    }
    assertThat(allocatedMax).isLessThan(FRAME_ALLOCATES_MAX);
    assertThat(answered).isGreaterThan(FRAMES / 5);
    assertThat(cutOff).isGreaterThan(FRAMES / 5);
    assertThat(disk.list("")).isSubsetOf("chunks", TestTarget.MARKER);
    assertThat(target.target.fault()).isNull();
  }

  private void run(RequestCycle cycle, Connection connection, FrameBuffers buffers, Caller client) {
    try {
      cycle.run(connection, buffers, client);
      answered++;
    } catch (IOException e) {
      cutOff++;
    }
  }

  private static long allocatedBytes() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  private void makeFrame() {
    Operation<?, ?> operation = STORAGE.get(random.nextInt(STORAGE.size()));
    byte[] message = RandomRequests.request(operation, random);
    byte[] bulk = new byte[random.nextInt(4) == 0 ? random.nextInt(600) : 0];
    random.nextBytes(bulk);
    FrameHeader header =
        new FrameHeader(
            FrameKind.REQUEST,
            operation.code(),
            1,
            message.length,
            bulk.length,
            FrameHeader.bulkCrc(ByteBuffer.wrap(bulk)),
            TestTarget.ID,
            TestTarget.EPOCH,
            0,
            0,
            0);
    switch (random.nextInt(6)) {
      case 0, 1 -> encode(header, message, bulk);
      case 2 -> encode(damaged(header), message, bulk);
      case 3 -> {
        encode(header, message, bulk);
        flipBits(1 + random.nextInt(4));
      }
      case 4 -> {
        encode(header, message, bulk);
        frame.limit(random.nextInt(frame.limit() + 1));
      }
      default -> {
        frame.clear().limit(random.nextInt(200));
        byte[] chance = new byte[frame.limit()];
        random.nextBytes(chance);
        frame.put(chance).flip();
      }
    }
  }

  private void encode(FrameHeader header, byte[] message, byte[] bulk) {
    frame.clear();
    header.encode(frame, ByteBuffer.wrap(message));
    frame.position(FrameHeader.BYTES).put(message).put(bulk).flip();
  }

  private void flipBits(int count) {
    for (; count > 0; count--) {
      int at = random.nextInt(frame.limit());
      frame.put(at, (byte) (frame.get(at) ^ 1 << random.nextInt(8)));
    }
  }

  /// One field is something else, and the checksum right all the same.
  private FrameHeader damaged(FrameHeader good) {
    int field = random.nextInt(8);
    return new FrameHeader(
        field == 0 ? FrameKind.values()[random.nextInt(7)] : good.kind(),
        field == 1 ? random.nextInt(0x10000) : good.operation(),
        good.requestId(),
        field == 2 ? length() : good.messageBytes(),
        field == 3 ? length() : good.bulkBytes(),
        field == 4 ? random.nextInt() : good.bulkCrc(),
        field == 5 ? random.nextInt() : good.destination(),
        field == 6 ? random.nextLong() : good.epoch(),
        random.nextLong(),
        random.nextLong(),
        field == 7 ? random.nextInt() : 0);
  }

  private int length() {
    return switch (random.nextInt(3)) {
      case 0 -> random.nextInt();
      case 1 -> random.nextInt(10 << 20);
      default -> random.nextInt(100);
    };
  }
}
