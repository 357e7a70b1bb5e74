package org.skep.metadata.operation;

import org.skep.linux.OpenFlags;

/// What open flags mean here.
final class Writing {
  private Writing() {}

  static boolean opensForWriting(int flags) {
    return (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
  }

  static boolean truncates(int flags) {
    return (flags & OpenFlags.O_TRUNC) != 0;
  }
}
