package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import org.skep.linux.Errno;

/// Attributes, extended attributes, space, access.
final class AttributeHandlers {
  private static final int GETATTR_HANDLE = 1;
  private static final int XATTR_VALUE_BYTES_MAX = 65536;
  private static final int NAME_BYTES_MAX = 255;

  private AttributeHandlers() {}

  /// `0 flags u32 | 4 zero | 8 handle`
  static int getattr(FuseEngine engine, FuseRequest request) {
    long handle =
        (request.int32(0) & GETATTR_HANDLE) != 0 ? request.int64(8) : FuseOperations.NO_HANDLE;
    request.clearBody(AttributesReply.BYTES);
    int errno = engine.operations.getattr(request, request.node(), handle, request.attributes);
    return Opcode.body(request, errno, AttributesReply.BYTES);
  }

  static int setattr(FuseEngine engine, FuseRequest request) {
    SetAttributes changes = request.setAttributes;
    if (changes.setsSize() && changes.sizeBytes() < 0) {
      return Errno.EINVAL.number();
    }
    request.clearBody(AttributesReply.BYTES);
    int errno = engine.operations.setattr(request, request.node(), changes, request.attributes);
    return Opcode.body(request, errno, AttributesReply.BYTES);
  }

  /// `0 getattr flags u32 | 4 zero | 8 handle | 16 statx flags u32 | 20 mask u32`
  static int statx(FuseEngine engine, FuseRequest request) {
    long handle =
        (request.int32(0) & GETATTR_HANDLE) != 0 ? request.int64(8) : FuseOperations.NO_HANDLE;
    request.clearBody(StatxReply.BYTES);
    int errno =
        engine.operations.statx(
            request, request.node(), handle, request.int32(16), request.int32(20), request.statx);
    return Opcode.body(request, errno, StatxReply.BYTES);
  }

  static int statfs(FuseEngine engine, FuseRequest request) {
    request.clearBody(StatfsReply.BYTES);
    int errno = engine.operations.statfs(request, request.node(), request.statfs);
    return Opcode.body(request, errno, StatfsReply.BYTES);
  }

  /// `0 size u32 | 4 flags | [8 extra flags | 12 zero, with SETXATTR_EXT] | name | value`
  static int setxattr(FuseEngine engine, FuseRequest request) {
    boolean extended = engine.has(Capability.SETXATTR_EXT);
    int nameOffset = extended ? 16 : 8;
    if (request.argumentBytes() < nameOffset) {
      return engine.malformed();
    }
    long valueBytes = request.int32(0) & 0xffffffffL;
    byte[] name = request.text(nameOffset);
    if (name == null || request.argumentBytes() - nameOffset - name.length - 1 < valueBytes) {
      return engine.malformed();
    }
    int errno = checkAttributeName(name);
    if (errno == 0 && valueBytes > XATTR_VALUE_BYTES_MAX) {
      errno = Errno.E2BIG.number();
    }
    if (errno != 0) {
      return errno;
    }
    byte[] value =
        Names.copy(
            request.in,
            FuseRequest.IN_HEADER_BYTES + nameOffset + name.length + 1L,
            (int) valueBytes);
    return engine.operations.setxattr(
        request, request.node(), name, value, request.int32(4), extended ? request.int32(8) : 0);
  }

  /// `0 size u32 | 4 zero | 8 name`
  static int getxattr(FuseEngine engine, FuseRequest request) {
    byte[] name = request.text(8);
    if (name == null) {
      return engine.malformed();
    }
    int errno = checkAttributeName(name);
    if (errno == 0) {
      errno = engine.operations.getxattr(request, request.node(), name, request.bytes.clear());
    }
    return sized(request, errno);
  }

  static int listxattr(FuseEngine engine, FuseRequest request) {
    int errno = engine.operations.listxattr(request, request.node(), request.bytes.clear());
    return sized(request, errno);
  }

  /// Asked for 0 bytes: the length alone (`0 length u32 | 4 zero`). Asked for fewer than there are:
  /// ERANGE.
  private static int sized(FuseRequest request, int errno) {
    if (errno != 0) {
      return errno;
    }
    int length = request.bytes.lengthBytes();
    long asked = request.int32(0) & 0xffffffffL;
    if (asked == 0) {
      request.clearBody(8);
      request.out.set(JAVA_INT, FuseRequest.OUT_HEADER_BYTES, length);
      return Opcode.body(request, 0, 8);
    }
    return length > asked ? Errno.ERANGE.number() : Opcode.body(request, 0, length);
  }

  static int removexattr(FuseEngine engine, FuseRequest request) {
    byte[] name = request.text(0);
    if (name == null) {
      return engine.malformed();
    }
    int errno = checkAttributeName(name);
    return errno != 0 ? errno : engine.operations.removexattr(request, request.node(), name);
  }

  private static int checkAttributeName(byte[] name) {
    return name.length == 0 || name.length > NAME_BYTES_MAX ? Errno.ERANGE.number() : 0;
  }

  static int access(FuseEngine engine, FuseRequest request) {
    return engine.operations.access(request, request.node(), request.int32(0));
  }
}
