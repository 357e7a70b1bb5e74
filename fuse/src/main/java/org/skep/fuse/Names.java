package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.skep.linux.Errno;

/// Finds and checks names in a request. Bytes of any encoding, without `/` and NUL, 1 to 255 of
/// them.
final class Names {
  static final int NAME_BYTES_MAX = 255;

  /// PATH_MAX less its NUL.
  static final int TARGET_BYTES_MAX = 4095;

  private Names() {}

  /// The length of the NUL-terminated bytes that begin at `offset` and end before `limit`, or -1 if
  /// no NUL is there.
  static int length(MemorySegment memory, long offset, long limit) {
    for (long at = offset; at < limit; at++) {
      if (memory.get(JAVA_BYTE, at) == 0) {
        return (int) (at - offset);
      }
    }
    return -1;
  }

  static byte[] copy(MemorySegment memory, long offset, int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(memory, JAVA_BYTE, offset, bytes, 0, length);
    return bytes;
  }

  /// 0, or the errno of a name that can't be an entry's. `dots` says whether `.` and `..` pass.
  static int check(byte[] name, boolean dots) {
    if (name.length > NAME_BYTES_MAX) {
      return Errno.ENAMETOOLONG.number();
    }
    if (name.length == 0) {
      return Errno.ENOENT.number();
    }
    if (!dots && name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'))) {
      return Errno.EINVAL.number();
    }
    for (byte b : name) {
      if (b == '/') {
        return Errno.EINVAL.number();
      }
    }
    return 0;
  }
}
