package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import org.skep.linux.Errno;

/// Locks: `0 handle | 8 owner | 16 first byte | 24 last byte | 32 type u32 | 36 pid | 40 flags u32
/// | 44 zero`
final class LockHandlers {
  private static final int FLOCK = 1;

  private LockHandlers() {}

  static int getlk(FuseEngine engine, FuseRequest request) {
    int errno = check(request, FuseFlags.F_WRLCK);
    if (errno != 0) {
      return errno;
    }
    request.clearBody(LockReply.BYTES);
    request.out.set(JAVA_INT, FuseRequest.OUT_HEADER_BYTES + 16, FuseFlags.F_UNLCK);
    errno =
        engine.operations.getlk(
            request,
            request.node(),
            request.int64(0),
            request.int64(8),
            request.int64(16),
            request.int64(24),
            request.int32(32),
            request.int32(36),
            request.lock);
    return Opcode.body(request, errno, LockReply.BYTES);
  }

  static int setlk(FuseEngine engine, FuseRequest request) {
    return set(engine, request, false);
  }

  static int setlkw(FuseEngine engine, FuseRequest request) {
    return set(engine, request, true);
  }

  private static int set(FuseEngine engine, FuseRequest request, boolean wait) {
    int errno = check(request, FuseFlags.F_UNLCK);
    if (errno != 0) {
      return errno;
    }
    return engine.operations.setlk(
        request,
        request.node(),
        request.int64(0),
        request.int64(8),
        request.int64(16),
        request.int64(24),
        request.int32(32),
        request.int32(36),
        (request.int32(40) & FLOCK) != 0,
        wait);
  }

  private static int check(FuseRequest request, int typeMax) {
    int type = request.int32(32);
    long first = request.int64(16);
    long last = request.int64(24);
    return first < 0 || last < first || type < 0 || type > typeMax ? Errno.EINVAL.number() : 0;
  }
}
