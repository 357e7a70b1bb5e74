package org.skep.runtime.route;

import java.util.TreeSet;

/// Numbers the changes of a client: each gets a number of its own, and the servers learn below
/// which number all are completed, so that they may forget their replies. Any thread may call it.
public final class Sequencer {
  // guarded by this
  private final TreeSet<Long> running = new TreeSet<>();
  private long last;

  /// A number for a change that begins now; [#end] must follow when its answer is known or nobody
  /// waits for it any more.
  public synchronized long begin() {
    last++;
    running.add(last);
    return last;
  }

  /// @throws IllegalStateException if the number is not running
  public synchronized void end(long sequence) {
    if (!running.remove(sequence)) {
      throw new IllegalStateException("change " + sequence + " is not running");
    }
  }

  /// All numbers below are completed.
  public synchronized long completedBelow() {
    return running.isEmpty() ? last + 1 : running.first();
  }
}
