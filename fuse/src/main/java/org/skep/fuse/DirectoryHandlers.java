package org.skep.fuse;

import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;

/// Operations on open directories; the argument layouts are those of files.
final class DirectoryHandlers {
  private static final int FSYNC_DATA_ONLY = 1;

  private DirectoryHandlers() {}

  static int opendir(FuseEngine engine, FuseRequest request) {
    request.clearBody(OpenReply.BYTES);
    int errno = engine.operations.opendir(request, request.node(), request.int32(0), request.open);
    return Opcode.body(request, errno, OpenReply.BYTES);
  }

  static int readdir(FuseEngine engine, FuseRequest request) {
    DirectoryReply reply = reply(request);
    if (reply == null) {
      return Errno.EINVAL.number();
    }
    int errno =
        engine.operations.readdir(
            request, request.node(), request.int64(0), request.int64(8), reply);
    return Opcode.body(request, errno, reply.lengthBytes());
  }

  static int readdirplus(FuseEngine engine, FuseRequest request) {
    DirectoryReply reply = reply(request);
    if (reply == null) {
      return Errno.EINVAL.number();
    }
    int errno =
        engine.operations.readdirplus(
            request, request.node(), request.int64(0), request.int64(8), reply);
    return Opcode.body(request, errno, reply.lengthBytes());
  }

  private static @Nullable DirectoryReply reply(FuseRequest request) {
    int size = request.int32(16);
    return size < 0 ? null : request.directory.clear(size);
  }

  static int releasedir(FuseEngine engine, FuseRequest request) {
    return engine.operations.releasedir(
        request, request.node(), request.int64(0), request.int32(8));
  }

  static int fsyncdir(FuseEngine engine, FuseRequest request) {
    boolean dataOnly = (request.int32(8) & FSYNC_DATA_ONLY) != 0;
    return engine.operations.fsyncdir(request, request.node(), request.int64(0), dataOnly);
  }
}
