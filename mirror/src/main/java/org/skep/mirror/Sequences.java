package org.skep.mirror;

import java.util.TreeSet;

/// Numbers the changes of a primary in this life of its process, and knows below which number all
/// are over on both members. Any thread may call it.
final class Sequences {
  // guarded by this
  private final TreeSet<Long> running = new TreeSet<>();
  private long last;

  synchronized long begin() {
    last++;
    running.add(last);
    return last;
  }

  /// The change is over on both, or was never sent.
  synchronized void end(long sequence) {
    running.remove(sequence);
  }

  /// Another term: what was left open has been settled before the secondary hears of the mark.
  synchronized void settle() {
    running.clear();
  }

  synchronized long mark() {
    return running.isEmpty() ? last + 1 : running.first();
  }

  synchronized long last() {
    return last;
  }
}
