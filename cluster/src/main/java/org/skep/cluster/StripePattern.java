package org.skep.cluster;

/// How the files of a directory are to be striped; inherited by its new subdirectories.
///
/// @param chunkBytes power of two from 64 KiB to 1 GiB
/// @param targetCount how many targets (or groups) a new file is spread over, if there are as many;
///   from 1
public record StripePattern(Kind kind, int chunkBytes, int targetCount, int storagePoolId) {

  /// What a stripe's numbers name.
  public enum Kind {
    /// Target ids, one copy.
    RAID0,
    /// Storage group ids, each chunk on both members.
    BUDDY_MIRROR
  }

  public static final int CHUNK_BYTES_MIN = 64 << 10;
  public static final int CHUNK_BYTES_MAX = 1 << 30;
  public static final int TARGET_COUNT_MAX = 256;

  /// 512 KiB over four targets.
  public static final StripePattern DEFAULT =
      new StripePattern(Kind.RAID0, 512 << 10, 4, Target.DEFAULT_POOL);

  public StripePattern {
    checkChunkBytes(chunkBytes);
    if (targetCount < 1 || targetCount > TARGET_COUNT_MAX) {
      throw new IllegalArgumentException(
          "number of targets " + targetCount + " is not from 1 to " + TARGET_COUNT_MAX);
    }
  }

  /// @throws IllegalArgumentException if the size is no power of two from 64 KiB to 1 GiB
  public static void checkChunkBytes(long chunkBytes) {
    if (chunkBytes < CHUNK_BYTES_MIN
        || chunkBytes > CHUNK_BYTES_MAX
        || Long.bitCount(chunkBytes) != 1) {
      throw new IllegalArgumentException(
          "chunk size " + chunkBytes + " is not a power of two from 64 KiB to 1 GiB");
    }
  }
}
