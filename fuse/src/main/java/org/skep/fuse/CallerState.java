package org.skep.fuse;

/// What is known of processes that wait for an answer.
@FunctionalInterface
public interface CallerState {

  /// @param pid of a thread, as of [FuseRequest#pid]
  Caller of(int pid);

  /// @param process the number of the thread's process; 0 if it isn't known
  /// @param dying whether a signal is killing it; false if it isn't known
  record Caller(int process, boolean dying) {}
}
