package org.skep.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealChance;
import org.skep.runtime.real.RealClock;
import org.skep.runtime.real.RealNetwork;
import org.skep.runtime.twin.MemoryConnection;
import org.skep.runtime.twin.RecordingThreads;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.Limits;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.ClusterMapMessage;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.LookupRequest;
import org.skep.wire.message.NodeMessage;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.WriteChunkRequest;

/// Mutated frames from a seed: whatever comes, a decoder gives a checked request or an IOException.
final class FrameFuzzTest {
  private static final long SEED = 20_261_101;
  private static final int FRAMES = 1_200_000;
  private static final long SECOND = 1_000_000_000L;

  private final RealClock clock = new RealClock();
  private final Random random = new Random(SEED);

  static final class Anybody implements Caller {
    @Override
    public NodeKind role() {
      return NodeKind.STORAGE;
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
  void mutatedRequestsNeverBreakTheDecoder() {
    AtomicLong handled = new AtomicLong();
    Dispatcher dispatcher = new Dispatcher();
    for (Operation<?, ?> operation : Operations.all()) {
      serve(dispatcher, operation, handled);
    }
    RequestCycle cycle =
        new RequestCycle(dispatcher, new BulkBuffers(clock, 1), clock, () -> 1, SECOND);
    FrameBuffers buffers = new FrameBuffers();
    List<byte[]> seeds = requests();
    long answered = 0;
    long refused = 0;
    for (int i = 0; i < FRAMES; i++) {
      byte[] frame = mutate(seeds.get(random.nextInt(seeds.size())));
      MemoryConnection connection = new MemoryConnection(ByteBuffer.wrap(frame));
      try {
        RequestCycle.End end = cycle.run(connection, buffers, new Anybody());
        assertThat(end).isEqualTo(RequestCycle.End.ANSWERED);
        assertThat(connection.output().length).isGreaterThanOrEqualTo(FrameHeader.BYTES);
        answered++;
      } catch (IOException e) {
        assertThat(connection.output()).isEmpty();
        refused++;
      }
    }
    assertThat(answered).isGreaterThan(FRAMES / 10);
    assertThat(refused).isGreaterThan(FRAMES / 10);
    assertThat(handled).hasPositiveValue();
  }

  private static <Q extends MessageLite, R extends MessageLite> void serve(
      Dispatcher dispatcher, Operation<Q, R> operation, AtomicLong handled) {
    Dispatcher _ =
        dispatcher.on(
            operation,
            (request, exchange) -> {
              assertThat(exchange.bulk().remaining()).isEqualTo(exchange.header().bulkBytes());
              long _ = handled.incrementAndGet();
              try {
                return Outcome.done(operation.replyParser().parseFrom(new byte[0]));
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
  }

  @Test
  void noMutatedHandshakeIsEverWelcome() {
    RecordingThreads threads = new RecordingThreads();
    Ports ports = new Ports(clock, new RealChance(), new RealNetwork(clock, threads), threads);
    RpcServer.Settings settings =
        new RpcServer.Settings(
            NodeKind.STORAGE,
            List.of(),
            RpcWorld.SECRET,
            () -> "",
            1,
            () -> 1,
            ServerLimits.DEFAULT);
    FrameBuffers buffers = new FrameBuffers();
    byte[] hello = frame(FrameKind.HELLO, 0, RawClient.hello(7, 1), new byte[0]);
    byte[] proof =
        frame(
            FrameKind.PROOF,
            0,
            RawClient.proof(RpcWorld.SECRET, RawClient.hello(7, 1), ByteString.empty()),
            new byte[0]);
    int welcome = 0;
    for (int i = 0; i < 50_000; i++) {
      byte[] first = random.nextInt(4) == 0 ? hello : mutate(hello);
      byte[] second = mutate(proof);
      ByteBuffer both = ByteBuffer.allocate(first.length + second.length);
      both.put(first).put(second).flip();
      long deadline = clock.nanoTime() + SECOND;
      try {
        ServerHandshake.Identity _ =
            new ServerHandshake(ports, settings, new MemoryConnection(both), buffers, deadline)
                .identify();
        welcome++;
      } catch (IOException e) {
        assertThat(e).hasMessageNotContaining("null");
      }
    }
    assertThat(welcome).isZero();
  }

  @Test
  void aLengthThatIsOnlyClaimedCostsLittleMemory() {
    ByteBuffer header = ByteBuffer.allocate(FrameHeader.BYTES);
    new FrameHeader(
            FrameKind.REQUEST,
            0x701,
            1,
            Limits.MESSAGE_BYTES_MAX,
            Limits.BULK_BYTES_MAX,
            0,
            0,
            0,
            0,
            0,
            0)
        .encode(header, ByteBuffer.allocate(0));
    RequestCycle cycle =
        new RequestCycle(new Dispatcher(), new BulkBuffers(clock, 1), clock, () -> 1, SECOND);
    FrameBuffers buffers = new FrameBuffers();
    long before = allocatedBytes();
    for (int i = 0; i < 100; i++) {
      MemoryConnection connection = new MemoryConnection(header.duplicate());
      assertThatThrownBy(() -> cycle.run(connection, buffers, new Anybody()))
          .isInstanceOf(EOFException.class);
    }
    assertThat(allocatedBytes() - before).isLessThan(100 * 65_536);
  }

  private static long allocatedBytes() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  private static List<byte[]> requests() {
    byte[] bulk = new byte[700];
    ClusterMapMessage map =
        ClusterMapMessage.newBuilder().setVersion(3).addNodes(NodeMessage.newBuilder()).build();
    return List.of(
        frame(
            FrameKind.REQUEST,
            Operations.LOOKUP.code(),
            LookupRequest.newBuilder()
                .setParent(1L << 48 | 1)
                .setName(ByteString.copyFromUtf8("a name"))
                .build(),
            new byte[0]),
        frame(
            FrameKind.REQUEST,
            Operations.CREATE.code(),
            CreateRequest.newBuilder().setName(ByteString.copyFromUtf8("new")).build(),
            new byte[0]),
        frame(
            FrameKind.REQUEST,
            Operations.WRITE_CHUNK.code(),
            WriteChunkRequest.getDefaultInstance(),
            bulk),
        frame(
            FrameKind.REQUEST,
            Operations.REGISTER.code(),
            RegisterRequest.getDefaultInstance(),
            new byte[0]),
        frame(FrameKind.REQUEST, Operations.STATUS.code(), map, new byte[0]),
        frame(FrameKind.REPLY, Operations.STATUS.code(), Empty.getDefaultInstance(), bulk));
  }

  private static byte[] frame(FrameKind kind, int operation, MessageLite message, byte[] bulk) {
    byte[] body = message.toByteArray();
    ByteBuffer frame = ByteBuffer.allocate(FrameHeader.BYTES + body.length + bulk.length);
    int crc = FrameHeader.bulkCrc(ByteBuffer.wrap(bulk));
    new FrameHeader(kind, operation, 1, body.length, bulk.length, crc, 1, 1, 1, 1, 0)
        .encode(frame, ByteBuffer.wrap(body));
    frame.put(FrameHeader.BYTES, body).put(FrameHeader.BYTES + body.length, bulk);
    return frame.array();
  }

  /// Some bits flipped, bytes set, numbers replaced by odd ones, the end cut or lengthened; half of
  /// them with the right checksums again, so that they get further.
  private byte[] mutate(byte[] good) {
    int length =
        switch (random.nextInt(8)) {
          case 0 -> random.nextInt(good.length + 1);
          case 1 -> good.length + random.nextInt(64);
          default -> good.length;
        };
    byte[] frame = Arrays.copyOf(good, length);
    int changes = random.nextInt(5);
    for (int i = 0; i < changes && length > 0; i++) {
      int at = random.nextBoolean() ? random.nextInt(length) : random.nextInt(Math.min(64, length));
      switch (random.nextInt(4)) {
        case 0 -> frame[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> frame[at] = (byte) random.nextInt(256);
        case 2 -> odd(frame, at);
        default -> frame[at] = 0;
      }
    }
    if (length >= FrameHeader.BYTES && random.nextBoolean()) {
      repair(frame);
    }
    return frame;
  }

  private void odd(byte[] frame, int at) {
    int[] numbers = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 20, (1 << 20) + 1, 8 << 20};
    if (at + 4 <= frame.length) {
      ByteBuffer.wrap(frame)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putInt(at, numbers[random.nextInt(numbers.length)]);
    }
  }

  /// Sets both checksums to what header, message and bulk now are, as far as they are there.
  private static void repair(byte[] frame) {
    ByteBuffer bytes = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
    int messageBytes = bytes.getInt(16);
    int bulkBytes = bytes.getInt(20);
    int rest = frame.length - FrameHeader.BYTES;
    if (messageBytes < 0 || bulkBytes < 0 || messageBytes > rest - bulkBytes) {
      return;
    }
    ByteBuffer bulk = bytes.slice(FrameHeader.BYTES + messageBytes, bulkBytes);
    bytes.putInt(24, FrameHeader.bulkCrc(bulk));
    CRC32C crc = new CRC32C();
    crc.update(frame, 0, 60);
    crc.update(frame, FrameHeader.BYTES, messageBytes);
    bytes.putInt(60, (int) crc.getValue());
  }
}
