package org.skep.client.data;

import java.util.ArrayDeque;
import org.skep.client.ErrnoException;

/// Failures of writes that were taken before they were carried out. Each opening of the file hears
/// of them once: it keeps a cursor, like errseq_t of Linux. Guarded by the gate of the file.
///
/// Limit: the latest 16 are kept; an opening that slept through more hears of the oldest that is
/// left.
final class WriteErrors {
  private static final int KEPT_MAX = 16;

  private final ArrayDeque<ErrnoException> kept = new ArrayDeque<>();
  private long count;

  void add(ErrnoException failure) {
    count++;
    kept.addLast(failure);
    if (kept.size() > KEPT_MAX) {
      kept.removeFirst();
    }
  }

  /// How many there were: the cursor of one who has heard of all of them.
  long count() {
    return count;
  }

  /// The first one after the cursor.
  ErrnoException firstAfter(long cursor) {
    long first = Math.max(0, kept.size() - (count - cursor));
    return kept.stream().skip(first).findFirst().orElseThrow();
  }
}
