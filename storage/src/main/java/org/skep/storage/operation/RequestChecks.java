package org.skep.storage.operation;

import org.skep.linux.Errno;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.target.RefusedException;
import org.skep.wire.Failure;
import org.skep.wire.Limits;
import org.skep.wire.message.ChunkId;

/// What every request must fulfil.
final class RequestChecks {

  private RequestChecks() {}

  static ChunkKey key(ChunkId chunk) throws RefusedException {
    if (!ChunkKey.isValid(chunk.getInode(), chunk.getStripe())) {
      throw malformed(
          "chunk of inode "
              + Long.toHexString(chunk.getInode())
              + ", stripe "
              + Integer.toUnsignedString(chunk.getStripe()));
    }
    return new ChunkKey(chunk.getInode(), chunk.getStripe());
  }

  /// An offset or length of at most 8 EiB - 1.
  static long bytes(String what, long bytes) throws RefusedException {
    if (bytes < 0) {
      throw malformed(what + " of " + Long.toUnsignedString(bytes) + " bytes");
    }
    return bytes;
  }

  /// A range that ends at 8 EiB - 1 or before.
  static void range(long offset, long length) throws RefusedException {
    bytes("offset", offset);
    bytes("length", length);
    if (offset > Limits.FILE_BYTES_MAX - length) {
      throw new RefusedException(
          Failure.errno(
              Errno.EFBIG.number(), "a range from " + offset + " of " + length + " bytes"));
    }
  }

  /// Of an operation that only a member of a group has.
  static RefusedException forGroups() {
    return malformed("a request about a buddy group, to a target");
  }

  static RefusedException malformed(String detail) {
    return new RefusedException(Failure.malformed(detail));
  }
}
