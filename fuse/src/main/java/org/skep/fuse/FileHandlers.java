package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.skep.linux.Errno;

/// Operations on open files.
final class FileHandlers {
  private static final int FSYNC_DATA_ONLY = 1;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private FileHandlers() {}

  /// `0 flags u32 | 4 open flags`
  static int open(FuseEngine engine, FuseRequest request) {
    request.clearBody(OpenReply.BYTES);
    int errno =
        engine.operations.open(
            request, request.node(), request.int32(0), request.int32(4), request.open);
    return Opcode.body(request, errno, OpenReply.BYTES);
  }

  /// `0 flags u32 | 4 mode | 8 umask | 12 open flags | 16 name`
  static int create(FuseEngine engine, FuseRequest request) {
    byte[] name = request.text(16);
    if (name == null) {
      return engine.malformed();
    }
    int errno = Names.check(name, false);
    if (errno != 0) {
      return errno;
    }
    request.clearBody(EntryReply.BYTES + OpenReply.BYTES);
    errno =
        engine.operations.create(
            request,
            request.node(),
            name,
            request.int32(0),
            request.int32(4),
            request.int32(8) & 0777,
            request.int32(12),
            request.entry,
            request.createdOpen);
    return Opcode.body(request, errno, EntryReply.BYTES + OpenReply.BYTES);
  }

  /// As create; the name is the kernel's placeholder (`/`) and of no interest.
  static int tmpfile(FuseEngine engine, FuseRequest request) {
    request.clearBody(EntryReply.BYTES + OpenReply.BYTES);
    int errno =
        engine.operations.tmpfile(
            request,
            request.node(),
            request.int32(0),
            request.int32(4),
            request.int32(8) & 0777,
            request.entry,
            request.createdOpen);
    return Opcode.body(request, errno, EntryReply.BYTES + OpenReply.BYTES);
  }

  /// `0 handle | 8 offset | 16 size u32 | 20 read flags | 24 lock owner | 32 flags u32 | 36 zero`
  static int read(FuseEngine engine, FuseRequest request) {
    long offset = request.int64(8);
    int size = request.int32(16);
    if (offset < 0
        || size < 0
        || size > engine.options.maxWriteBytes()
        || offset > Long.MAX_VALUE - size) {
      return Errno.EINVAL.number();
    }
    int errno =
        engine.operations.read(
            request,
            request.node(),
            request.int64(0),
            offset,
            size,
            request.int32(20),
            request.int64(24),
            request.int32(32),
            request.read.clear(size));
    if (errno == 0 && !request.wasSent()) {
      request.read.send();
    }
    return errno;
  }

  /// `0 handle | 8 offset | 16 size u32 | 20 write flags | 24 lock owner | 32 flags u32 | 36 zero |
  /// 40 data`
  static int write(FuseEngine engine, FuseRequest request) {
    long offset = request.int64(8);
    int size = request.int32(16);
    if (size < 0 || size > engine.options.maxWriteBytes() || request.argumentBytes() - 40 < size) {
      return engine.malformed();
    }
    if (offset < 0 || offset > Long.MAX_VALUE - size) {
      return Errno.EFBIG.number();
    }
    int errno =
        engine.operations.write(
            request,
            request.node(),
            request.int64(0),
            offset,
            request.slice(40, size),
            request.int32(20),
            request.int64(24),
            request.int32(32),
            request.count.clear());
    if (errno == 0 && (request.count.value() < 0 || request.count.value() > size)) {
      throw new IllegalStateException(
          "write answered " + request.count.value() + " of " + size + " bytes");
    }
    return count32(request, errno);
  }

  /// `0 handle | 8 unused u32 | 12 zero | 16 lock owner`
  static int flush(FuseEngine engine, FuseRequest request) {
    return engine.operations.flush(request, request.node(), request.int64(0), request.int64(16));
  }

  /// `0 handle | 8 flags u32 | 12 release flags | 16 lock owner`
  static int release(FuseEngine engine, FuseRequest request) {
    return engine.operations.release(
        request,
        request.node(),
        request.int64(0),
        request.int32(8),
        request.int32(12),
        request.int64(16));
  }

  /// `0 handle | 8 flags u32 | 12 zero`
  static int fsync(FuseEngine engine, FuseRequest request) {
    boolean dataOnly = (request.int32(8) & FSYNC_DATA_ONLY) != 0;
    return engine.operations.fsync(request, request.node(), request.int64(0), dataOnly);
  }

  /// `0 handle | 8 offset | 16 length | 24 mode u32 | 28 zero`
  static int fallocate(FuseEngine engine, FuseRequest request) {
    long offset = request.int64(8);
    long length = request.int64(16);
    if (offset < 0 || length <= 0) {
      return Errno.EINVAL.number();
    }
    if (offset > Long.MAX_VALUE - length) {
      return Errno.EFBIG.number();
    }
    return engine.operations.fallocate(
        request, request.node(), request.int64(0), offset, length, request.int32(24));
  }

  /// `0 handle | 8 offset | 16 whence u32 | 20 zero`
  static int lseek(FuseEngine engine, FuseRequest request) {
    long offset = request.int64(8);
    int whence = request.int32(16);
    if (whence != SEEK_DATA && whence != SEEK_HOLE) {
      return Errno.EINVAL.number();
    }
    if (offset < 0) {
      return Errno.ENXIO.number();
    }
    int errno =
        engine.operations.lseek(
            request, request.node(), request.int64(0), offset, whence, request.count.clear());
    return count64(request, errno);
  }

  static int copyFileRange(FuseEngine engine, FuseRequest request) {
    return count32(request, copy(engine, request));
  }

  static int copyFileRange64(FuseEngine engine, FuseRequest request) {
    return count64(request, copy(engine, request));
  }

  /// `0 handle | 8 offset | 16 target node | 24 target handle | 32 target offset | 40 length | 48
  /// flags`
  private static int copy(FuseEngine engine, FuseRequest request) {
    long offset = request.int64(8);
    long targetOffset = request.int64(32);
    long asked = request.int64(40);
    if (offset < 0 || targetOffset < 0 || asked < 0 || request.int64(48) != 0) {
      return Errno.EINVAL.number();
    }
    long length = Math.min(asked, Integer.MAX_VALUE & ~4095);
    if (offset > Long.MAX_VALUE - length || targetOffset > Long.MAX_VALUE - length) {
      return Errno.EFBIG.number();
    }
    return engine.operations.copyFileRange(
        request,
        request.node(),
        request.int64(0),
        offset,
        request.int64(16),
        request.int64(24),
        targetOffset,
        length,
        request.count.clear());
  }

  private static int count32(FuseRequest request, int errno) {
    request.clearBody(8);
    request.out.set(JAVA_INT, FuseRequest.OUT_HEADER_BYTES, (int) request.count.value());
    return Opcode.body(request, errno, 8);
  }

  private static int count64(FuseRequest request, int errno) {
    request.out.set(JAVA_LONG, FuseRequest.OUT_HEADER_BYTES, request.count.value());
    return Opcode.body(request, errno, 8);
  }

  static int syncfs(FuseEngine engine, FuseRequest request) {
    return engine.operations.syncfs(request, request.node());
  }

  /// `0 handle | 8 flags u32 | 12 command | 16 argument | 24 in size u32 | 28 out size`
  static int ioctl(FuseEngine engine, FuseRequest request) {
    int errno =
        engine.operations.ioctl(
            request, request.node(), request.int64(0), request.int32(12), request.int32(8));
    request.clearBody(16);
    return Opcode.body(request, errno, 16);
  }
}
