package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.skep.linux.IoVector;

/// An engine without a device: hand-built requests in, replies out as bytes.
@SuppressWarnings("ByteBufferBackingArray") // All buffers are made by args().
final class EngineHarness implements ReplyChannel, AutoCloseable {
  static final long UNIQUE = 0x1000;

  final List<Reply> replies = Collections.synchronizedList(new ArrayList<>());
  final List<Throwable> failures = new ArrayList<>();
  final FuseEngine engine;
  final FuseRequest request;
  private final Arena arena = Arena.ofShared();

  record Reply(int error, long unique, ByteBuffer body, boolean lengthIsRight) {}

  EngineHarness(FuseOperations operations) {
    engine = new FuseEngine(operations, FuseOptions.defaults(), failures::add);
    request = engine.newRequest(this, arena);
  }

  @Override
  public long send(IoVector message) {
    ByteBuffer bytes = ByteBuffer.wrap(message.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    int length = bytes.getInt();
    int error = -bytes.getInt();
    long unique = bytes.getLong();
    replies.add(
        new Reply(
            error, unique, bytes.slice().order(ByteOrder.LITTLE_ENDIAN), length == bytes.limit()));
    return bytes.limit();
  }

  @Override
  public long sendDetached(IoVector message) {
    return send(message);
  }

  /// Agreed with a kernel of the given minor that offers everything.
  EngineHarness initialized() {
    Reply reply = call(26, 0, args(64).putInt(7).putInt(45).putInt(1 << 20).putInt(-1).putInt(-1));
    if (reply.error() != 0) {
      throw new AssertionError("INIT: " + reply);
    }
    return this;
  }

  static ByteBuffer args(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  static byte[] name(String text) {
    return (text + "\0").getBytes(StandardCharsets.UTF_8);
  }

  /// All of the buffer's capacity is sent as arguments; its position is of no interest.
  Reply call(int opcode, long node, ByteBuffer arguments) {
    replies.clear();
    send(opcode, UNIQUE, node, arguments.array(), 0);
    if (replies.size() != 1) {
      throw new AssertionError(
          replies.size() + " replies to opcode " + opcode + ", failures " + failures);
    }
    return replies.get(0);
  }

  Reply call(int opcode, long node, String... names) {
    return call(opcode, node, args(0), names);
  }

  Reply call(int opcode, long node, ByteBuffer fixed, String... names) {
    String joined = names.length == 0 ? "" : String.join("\0", names) + "\0";
    byte[] text = joined.getBytes(StandardCharsets.UTF_8);
    ByteBuffer all = args(fixed.capacity() + text.length);
    all.put(fixed.array()).put(text);
    return call(opcode, node, all);
  }

  /// A request without extensions to another serving thread's buffers.
  void sendOn(FuseRequest other, int opcode, long unique, long node, byte[] arguments) {
    byte[] raw = raw(opcode, unique, node, arguments, 0);
    MemorySegment.copy(raw, 0, other.buffer(), JAVA_BYTE, 0, raw.length);
    engine.serve(other, raw.length);
  }

  void send(int opcode, long unique, long node, byte[] arguments, int extensionWords) {
    serve(raw(opcode, unique, node, arguments, extensionWords));
  }

  private static byte[] raw(
      int opcode, long unique, long node, byte[] arguments, int extensionWords) {
    ByteBuffer raw = args(40 + arguments.length);
    raw.putInt(raw.capacity())
        .putInt(opcode)
        .putLong(unique)
        .putLong(node)
        .putInt(1000)
        .putInt(100)
        .putInt(42);
    raw.putShort((short) extensionWords).putShort((short) 0).put(arguments);
    return raw.array();
  }

  void serve(byte[] raw) {
    MemorySegment.copy(raw, 0, request.buffer(), JAVA_BYTE, 0, raw.length);
    engine.serve(request, raw.length);
  }

  void setLength(int length) {
    request.buffer().set(JAVA_INT, 0, length);
  }

  @Override
  public void close() {
    arena.close();
  }
}
