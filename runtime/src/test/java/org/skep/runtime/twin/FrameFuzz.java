package org.skep.runtime.twin;

import com.google.protobuf.ByteString;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Connection;
import org.skep.runtime.rpc.Caller;
import org.skep.runtime.rpc.FrameBuffers;
import org.skep.runtime.rpc.RequestCycle;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.Limits;
import org.skep.wire.Operation;

/// Throws sound and damaged frames at a server's [RequestCycle], from the socket's bytes on, on the
/// calling thread. What a handler throws comes out of [#hit], as it would stop a server.
public final class FrameFuzz {
  private static final int FRAME_BYTES_MAX = 256 << 10;

  private final RequestCycle cycle;
  private final SplittableRandom random;
  private final ByteBuffer frame = ByteBuffer.allocate(FRAME_BYTES_MAX);
  private final FrameBuffers buffers = new FrameBuffers();
  private final FrameConnection connection = new FrameConnection();
  private int answered;
  private int cutOff;
  private long allocatedMaxBytes;

  /// A request before any damage.
  public record Request(
      Operation<?, ?> operation,
      ByteString message,
      int destination,
      long epoch,
      long sequence,
      long mark) {}

  /// Who sends it, after authentication.
  public record Sender(NodeKind role, long client) implements Caller {
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

  public FrameFuzz(RequestCycle cycle, SplittableRandom random) {
    this.cycle = cycle;
    this.random = random;
  }

  /// Sends the request, in two of six cases as it is.
  public void hit(Request request, Sender sender) {
    makeFrame(request);
    long before = allocatedBytes();
    try {
      RequestCycle.End _ = cycle.run(connection, buffers, sender);
      answered++;
    } catch (IOException e) {
      cutOff++;
    }
    allocatedMaxBytes = Math.max(allocatedMaxBytes, allocatedBytes() - before);
  }

  /// How many frames were answered.
  public int answered() {
    return answered;
  }

  /// How many frames ended their connection.
  public int cutOff() {
    return cutOff;
  }

  /// The most that was allocated on the heap for one frame.
  public long allocatedMaxBytes() {
    return allocatedMaxBytes;
  }

  private static long allocatedBytes() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  private void makeFrame(Request request) {
    byte[] bulk = new byte[random.nextInt(4) == 0 ? random.nextInt(600) : 0];
    random.nextBytes(bulk);
    byte[] message = fitting(request.message.toByteArray(), bulk.length);
    FrameHeader header =
        new FrameHeader(
            FrameKind.REQUEST,
            request.operation.code(),
            1,
            message.length,
            bulk.length,
            FrameHeader.bulkCrc(ByteBuffer.wrap(bulk)),
            request.destination,
            request.epoch,
            request.sequence,
            request.mark,
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

  /// The message, cut off if it is longer than the frame that is kept here.
  private static byte[] fitting(byte[] message, int bulkBytes) {
    int bytesMax = FRAME_BYTES_MAX - FrameHeader.BYTES - bulkBytes;
    return message.length <= bytesMax ? message : Arrays.copyOf(message, bytesMax);
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
    int field = random.nextInt(10);
    FrameKind[] kinds = FrameKind.values();
    return new FrameHeader(
        field == 0 ? kinds[random.nextInt(kinds.length)] : good.kind(),
        field == 1 ? random.nextInt(0x10000) : good.operation(),
        good.requestId(),
        field == 2 ? length() : good.messageBytes(),
        field == 3 ? length() : good.bulkBytes(),
        field == 4 ? random.nextInt() : good.bulkCrc(),
        field == 5 ? random.nextInt() : good.destination(),
        field == 6 ? random.nextLong() : good.epoch(),
        field == 7 ? random.nextLong() : good.sequence(),
        field == 8 ? random.nextLong() : good.mark(),
        field == 9 ? random.nextInt() : good.flags());
  }

  private int length() {
    return switch (random.nextInt(3)) {
      case 0 -> random.nextInt();
      case 1 -> random.nextInt(Limits.MESSAGE_BYTES_MAX + (2 << 20));
      default -> random.nextInt(100);
    };
  }
}
