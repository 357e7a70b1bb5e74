package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.EnumSet;
import org.skep.linux.Errno;

/// INIT, DESTROY, FORGET, INTERRUPT: what is about the session and not about a file.
final class SessionHandlers {
  private static final int MAJOR = 7;
  private static final int MINOR_MIN = 31;
  private static final int MINOR_MAX = 45;
  private static final int INIT_IN_BYTES_SHORT = 16;
  private static final int INIT_IN_BYTES = 64;
  private static final int INIT_OUT_BYTES = 64;
  private static final int FORGET_ONE_BYTES = 16;

  private SessionHandlers() {}

  /// `struct fuse_init_in`: 0 major u32 | 4 minor | 8 read-ahead | 12 flags | 16 upper flags. A
  /// newer major is answered with ours, and the kernel asks again; an older protocol than 7.31 is
  /// EPROTO.
  static int init(FuseEngine engine, FuseRequest request) {
    int major = request.int32(0);
    int minor = request.int32(4);
    request.clearBody(INIT_OUT_BYTES);
    request.out.set(JAVA_INT, FuseRequest.OUT_HEADER_BYTES, MAJOR);
    request.out.set(JAVA_INT, FuseRequest.OUT_HEADER_BYTES + 4, MINOR_MAX);
    if (Integer.compareUnsigned(major, MAJOR) > 0) {
      return Opcode.body(request, 0, INIT_OUT_BYTES);
    }
    if (major < MAJOR
        || Integer.compareUnsigned(minor, MINOR_MIN) < 0
        || engine.negotiation() != null) {
      return Errno.EPROTO.number();
    }
    FuseNegotiation agreed =
        negotiate(
            engine.options,
            request,
            Integer.compareUnsigned(minor, MINOR_MAX) > 0 ? MINOR_MAX : minor);
    engine.negotiated(agreed);
    writeInit(
        engine.options, agreed, request.out.asSlice(FuseRequest.OUT_HEADER_BYTES, INIT_OUT_BYTES));
    return Opcode.body(request, 0, INIT_OUT_BYTES);
  }

  private static FuseNegotiation negotiate(FuseOptions options, FuseRequest request, int minor) {
    long offered = request.int32(12) & 0xffffffffL;
    boolean extended =
        (offered & Capability.INIT_EXT.bit()) != 0 && request.argumentBytes() >= INIT_IN_BYTES;
    if (extended) {
      offered |= (long) request.int32(INIT_IN_BYTES_SHORT) << 32;
    }
    EnumSet<Capability> granted = EnumSet.noneOf(Capability.class);
    for (Capability capability : options.capabilities()) {
      if ((offered & capability.bit()) != 0) {
        granted.add(capability);
      }
    }
    int readAhead = (int) Math.min(request.int32(8) & 0xffffffffL, options.maxReadAheadBytes());
    return new FuseNegotiation(
        minor, Collections.unmodifiableSet(granted), options.maxWriteBytes(), readAhead);
  }

  /// `struct fuse_init_out`: 0 major u32 | 4 minor | 8 read-ahead | 12 flags | 16 background u16 |
  /// 18 congestion u16 | 20 max write u32 | 24 time granularity u32 ns | 28 max pages u16 | 30 map
  /// alignment u16 | 32 upper flags u32 | 36 zeros, 64 bytes.
  private static void writeInit(FuseOptions options, FuseNegotiation agreed, MemorySegment body) {
    long flags = 0;
    for (Capability capability : agreed.capabilities()) {
      flags |= capability.bit();
    }
    body.set(JAVA_INT, 4, agreed.minor());
    body.set(JAVA_INT, 8, agreed.maxReadAheadBytes());
    body.set(JAVA_INT, 12, (int) flags);
    body.set(JAVA_SHORT, 16, (short) options.maxBackground());
    body.set(JAVA_SHORT, 18, (short) options.congestionThreshold());
    body.set(JAVA_INT, 20, options.maxWriteBytes());
    body.set(JAVA_INT, 24, 1);
    body.set(JAVA_SHORT, 28, (short) options.maxPages());
    body.set(JAVA_INT, 32, (int) (flags >>> 32));
  }

  static int destroy(FuseEngine engine, FuseRequest request) {
    return 0;
  }

  static int forget(FuseEngine engine, FuseRequest request) {
    engine.operations.forget(request.node(), request.int64(0));
    return Opcode.NO_REPLY;
  }

  /// `0 count u32 | 4 zero | 8 (node u64, lookups u64) ...`
  static int batchForget(FuseEngine engine, FuseRequest request) {
    long count = request.int32(0) & 0xffffffffL;
    if (count > (request.argumentBytes() - 8) / FORGET_ONE_BYTES) {
      engine.malformed();
      return Opcode.NO_REPLY;
    }
    for (int i = 0; i < count; i++) {
      int at = 8 + i * FORGET_ONE_BYTES;
      engine.operations.forget(request.int64(at), request.int64(at + 8));
    }
    return Opcode.NO_REPLY;
  }

  /// If the request isn't served, it is answered already, or another thread has it in hand and will
  /// begin in a moment. EAGAIN makes the kernel ask again in the second case, and is ignored in the
  /// first.
  static int interrupt(FuseEngine engine, FuseRequest request) {
    if (!engine.interrupt(request.int64(0))) {
      Thread.onSpinWait();
      request.sendError(Errno.EAGAIN.number());
    }
    return Opcode.NO_REPLY;
  }

  static int unsupported(FuseEngine engine, FuseRequest request) {
    return Errno.ENOSYS.number();
  }

  /// An answer to a question we never ask.
  static int unasked(FuseEngine engine, FuseRequest request) {
    return Opcode.NO_REPLY;
  }
}
