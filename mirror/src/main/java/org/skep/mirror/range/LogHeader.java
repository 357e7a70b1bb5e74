package org.skep.mirror.range;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Disk;

/// The first 64 bytes of a member's log, little-endian; records follow from [#BYTES] on:
///
/// ```
///  0 magic, 8 bytes | 8 format version u32 | 12 target u32
/// 16 group u32 | 20 flags u32: 1 clean, 2 everything
/// 24 durability u64: life of the page cache (Disk.durability) in which the log is true; 0: void
/// 32 the group's life u32 (BuddyGroup.lifeId) | 36 zeros | 60 CRC32C of bytes 0 to 59 u32
/// ```
///
/// @param group its id, and above 32 bits its life
/// @param clean the process ended when all was on the disk: the log is true in any life
/// @param everything of a change log: no range is known to be equal
record LogHeader(int target, long group, long durability, boolean clean, boolean everything) {
  static final int BYTES = 4096;
  private static final int HEADER_BYTES = 64;
  private static final int VERSION = 1;
  private static final int CLEAN = 1;
  private static final int EVERYTHING = 2;
  private static final int CRC_AT = 60;

  /// Whether what the log says is true: it is this target's, and nothing of it was lost.
  boolean isTrueIn(long present) {
    return clean || (durability != 0 && durability == present);
  }

  void write(Disk.File file, long magic) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes
        .putLong(0, magic)
        .putInt(8, VERSION)
        .putInt(12, target)
        .putInt(16, (int) group)
        .putInt(20, (clean ? CLEAN : 0) | (everything ? EVERYTHING : 0))
        .putLong(24, durability)
        .putInt(32, (int) (group >>> Integer.SIZE))
        .putInt(CRC_AT, crc(bytes, CRC_AT));
    file.write(bytes, 0);
  }

  /// The header of the file, or null if it has none that is sound.
  ///
  /// @throws IOException also if it is of a newer version, naming the file
  static @Nullable LogHeader read(Disk.File file, long magic, String path) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (file.read(bytes, 0) < HEADER_BYTES
        || bytes.getLong(0) != magic
        || bytes.getInt(CRC_AT) != crc(bytes, CRC_AT)) {
      return null;
    }
    if (bytes.getInt(8) != VERSION) {
      throw new IOException(path + " has format version " + bytes.getInt(8) + ", not " + VERSION);
    }
    int flags = bytes.getInt(20);
    return new LogHeader(
        bytes.getInt(12),
        Integer.toUnsignedLong(bytes.getInt(32)) << Integer.SIZE
            | Integer.toUnsignedLong(bytes.getInt(16)),
        bytes.getLong(24),
        (flags & CLEAN) != 0,
        (flags & EVERYTHING) != 0);
  }

  /// CRC32C of the first `length` bytes.
  static int crc(ByteBuffer bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), bytes.arrayOffset(), length);
    return (int) crc.getValue();
  }
}
