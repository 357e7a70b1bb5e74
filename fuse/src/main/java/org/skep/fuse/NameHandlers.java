package org.skep.fuse;

import org.skep.linux.Errno;

/// Operations on the names of a directory: decodes and checks names, calls the operation, sends the
/// entry.
final class NameHandlers {
  private NameHandlers() {}

  static int lookup(FuseEngine engine, FuseRequest request) {
    byte[] name = request.text(0);
    if (name == null) {
      return engine.malformed();
    }
    int errno = Names.check(name, engine.has(Capability.EXPORT_SUPPORT));
    if (errno != 0) {
      return errno;
    }
    request.clearBody(EntryReply.BYTES);
    errno = engine.operations.lookup(request, request.node(), name, request.entry);
    return Opcode.body(request, errno, EntryReply.BYTES);
  }

  static int readlink(FuseEngine engine, FuseRequest request) {
    int errno = engine.operations.readlink(request, request.node(), request.bytes.clear());
    return Opcode.body(request, errno, request.bytes.lengthBytes());
  }

  static int symlink(FuseEngine engine, FuseRequest request) {
    byte[] name = request.text(0);
    byte[] target = name == null ? null : request.text(name.length + 1);
    if (name == null || target == null) {
      return engine.malformed();
    }
    int errno = Names.check(name, false);
    if (errno != 0) {
      return errno;
    }
    if (target.length == 0) {
      return Errno.ENOENT.number();
    }
    if (target.length > Names.TARGET_BYTES_MAX) {
      return Errno.ENAMETOOLONG.number();
    }
    request.clearBody(EntryReply.BYTES);
    errno = engine.operations.symlink(request, request.node(), name, target, request.entry);
    return Opcode.body(request, errno, EntryReply.BYTES);
  }

  /// `0 mode u32 | 4 device | 8 umask | 12 zero | 16 name`
  static int mknod(FuseEngine engine, FuseRequest request) {
    byte[] name = request.text(16);
    if (name == null) {
      return engine.malformed();
    }
    int errno = Names.check(name, false);
    if (errno != 0) {
      return errno;
    }
    request.clearBody(EntryReply.BYTES);
    errno =
        engine.operations.mknod(
            request,
            request.node(),
            name,
            request.int32(0),
            request.int32(4),
            request.int32(8) & 0777,
            request.entry);
    return Opcode.body(request, errno, EntryReply.BYTES);
  }

  /// `0 mode u32 | 4 umask | 8 name`
  static int mkdir(FuseEngine engine, FuseRequest request) {
    byte[] name = request.text(8);
    if (name == null) {
      return engine.malformed();
    }
    int errno = Names.check(name, false);
    if (errno != 0) {
      return errno;
    }
    request.clearBody(EntryReply.BYTES);
    errno =
        engine.operations.mkdir(
            request,
            request.node(),
            name,
            request.int32(0),
            request.int32(4) & 0777,
            request.entry);
    return Opcode.body(request, errno, EntryReply.BYTES);
  }

  static int unlink(FuseEngine engine, FuseRequest request) {
    byte[] name = request.text(0);
    if (name == null) {
      return engine.malformed();
    }
    int errno = Names.check(name, false);
    return errno != 0 ? errno : engine.operations.unlink(request, request.node(), name);
  }

  static int rmdir(FuseEngine engine, FuseRequest request) {
    byte[] name = request.text(0);
    if (name == null) {
      return engine.malformed();
    }
    int errno = Names.check(name, false);
    return errno != 0 ? errno : engine.operations.rmdir(request, request.node(), name);
  }

  /// `0 new directory u64 | 8 old name | new name`
  static int rename(FuseEngine engine, FuseRequest request) {
    return rename(engine, request, 8, 0);
  }

  /// `0 new directory u64 | 8 flags u32 | 12 zero | 16 old name | new name`
  static int rename2(FuseEngine engine, FuseRequest request) {
    return rename(engine, request, 16, request.int32(8));
  }

  private static int rename(FuseEngine engine, FuseRequest request, int namesOffset, int flags) {
    byte[] name = request.text(namesOffset);
    byte[] newName = name == null ? null : request.text(namesOffset + name.length + 1);
    if (name == null || newName == null) {
      return engine.malformed();
    }
    int errno = Names.check(name, false);
    if (errno == 0) {
      errno = Names.check(newName, false);
    }
    if (errno != 0) {
      return errno;
    }
    return engine.operations.rename(
        request, request.node(), name, request.int64(0), newName, flags);
  }

  /// `0 node u64 | 8 new name`; the header's node is the directory.
  static int link(FuseEngine engine, FuseRequest request) {
    byte[] name = request.text(8);
    if (name == null) {
      return engine.malformed();
    }
    int errno = Names.check(name, false);
    if (errno != 0) {
      return errno;
    }
    request.clearBody(EntryReply.BYTES);
    errno = engine.operations.link(request, request.int64(0), request.node(), name, request.entry);
    return Opcode.body(request, errno, EntryReply.BYTES);
  }
}
