package org.skep.management.log;

/// What the log drives. The log calls it from one thread at a time, never at once. What escapes
/// from it is a broken invariant and stops the service.
public interface StateMachine {

  /// Applies the next command; equal commands in equal order give equal results.
  ///
  /// @return the result, for the one who submitted the command
  byte[] apply(byte[] command);

  /// All that was applied, as one value.
  byte[] snapshot();

  /// Takes the value of [#snapshot] in place of all that is there.
  void restore(byte[] snapshot);
}
