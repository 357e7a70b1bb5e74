package org.skep.runtime.port;

/// Starts threads. They are daemon threads: they don't keep the process alive.
public interface Threads {

  /// Starts a thread. What escapes from `body` is a broken invariant and stops the service loudly:
  /// it is logged and the process is halted (in the simulation: the run fails).
  ///
  /// @param name for thread dumps and logs
  Thread start(String name, Runnable body);
}
