package org.skep.metadata.state;

import org.skep.metadata.record.InodeRecord;

/// A number by which a check can tell that an inode is still as it was examined: every change of
/// its names, links and parent gives another one, as it sets the ctime.
public final class InodeVersion {
  private static final long FACTOR = 0x9E3779B97F4A7C15L;

  private InodeVersion() {}

  /// The version, never 0.
  public static long of(InodeRecord record) {
    long hash = record.getMode() & FileType.MASK;
    hash = mix(hash, record.getLinks());
    hash = mix(hash, record.getParent());
    hash = mix(hash, record.getCtime().getSeconds());
    hash = mix(hash, record.getCtime().getNanos());
    return hash == 0 ? 1 : hash;
  }

  static long mix(long hash, long value) {
    long mixed = (hash ^ value) * FACTOR;
    return mixed ^ mixed >>> 29;
  }
}
