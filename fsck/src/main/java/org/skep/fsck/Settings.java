package org.skep.fsck;

/// How to check.
///
/// @param repair whether to repair what can be repaired
/// @param content whether to compare the content of copies, which reads all mirrored data; else
///   only their lengths
/// @param inodesMax how many inodes are looked at in one pass over all entries: 26 bytes of memory
///   each
/// @param graceNanos how old something under way must be to count as unfinished
public record Settings(boolean repair, boolean content, int inodesMax, long graceNanos) {
  /// 50 MB: ten million files are five passes.
  public static final int INODES_MAX = 2_000_000;

  public static final long GRACE_NANOS = 10_000_000_000L;

  public Settings {
    if (inodesMax < 1 || graceNanos < 0) {
      throw new IllegalArgumentException(inodesMax + " inodes, grace of " + graceNanos + " ns");
    }
  }

  /// The usual ones.
  public Settings(boolean repair, boolean content) {
    this(repair, content, INODES_MAX, GRACE_NANOS);
  }
}
