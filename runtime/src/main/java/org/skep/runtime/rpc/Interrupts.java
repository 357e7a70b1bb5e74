package org.skep.runtime.rpc;

import org.slf4j.LoggerFactory;

/// Threads of the services are never interrupted on purpose; a stray interrupt neither ends a wait
/// nor gets lost unseen.
final class Interrupts {

  private Interrupts() {}

  /// A wait whose caller checks its condition in a loop.
  @FunctionalInterface
  interface Wait {
    long run() throws InterruptedException;
  }

  /// Waits; an interrupt makes it return early, with the interrupt dropped.
  static void ignore(Wait wait) {
    try {
      long _ = wait.run();
    } catch (InterruptedException e) {
      LoggerFactory.getLogger(Interrupts.class).warn("stray interrupt dropped", e);
    }
  }
}
