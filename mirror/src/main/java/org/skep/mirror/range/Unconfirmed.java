package org.skep.mirror.range;

import java.util.TreeMap;

/// What a secondary has and its primary may not have yet: readers must not see it here before it is
/// over on both. Any thread may call it.
final class Unconfirmed {
  static final int RANGES_MAX = 4096;

  // all guarded by this
  private final TreeMap<Long, ItemRange> ranges = new TreeMap<>();
  private long mark;
  private boolean heard;
  private long needed;
  private long overflow;

  /// Another term: nothing is known, until the primary confirms.
  synchronized void clear() {
    ranges.clear();
    mark = 0;
    heard = false;
    needed = 0;
    overflow = 0;
  }

  /// A change is going to be applied here.
  synchronized void add(long sequence, ItemRange range) {
    if (sequence < mark || range.range().isEmpty()) {
      return;
    }
    if (ranges.size() >= RANGES_MAX) {
      overflow = Math.max(overflow, sequence);
    } else {
      ranges.put(sequence, range);
    }
  }

  /// All changes below are over on both.
  synchronized void mark(long completedBelow) {
    if (completedBelow > mark) {
      mark = completedBelow;
      ranges.headMap(completedBelow).clear();
    }
  }

  /// The primary said CONFIRM.
  ///
  /// @param last the newest change it has begun: an earlier life of this process may have applied
  ///   some up to it, which are not known here
  synchronized void confirm(long last, long completedBelow) {
    if (!heard) {
      heard = true;
      needed = last;
    }
    mark(completedBelow);
  }

  /// Whether all of the range is over on both.
  synchronized boolean isReadable(ItemRange range) {
    if (!heard || mark <= needed || mark <= overflow) {
      return false;
    }
    for (ItemRange other : ranges.values()) {
      if (other.overlaps(range)) {
        return false;
      }
    }
    return true;
  }
}
