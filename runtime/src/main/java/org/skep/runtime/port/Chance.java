package org.skep.runtime.port;

/// Randomness. Any thread may call it.
public interface Chance {

  /// Any number, evenly spread.
  long nextLong();

  /// From 0 to `bound - 1`, evenly spread; `bound` is positive.
  int nextInt(int bound);

  /// Fresh bytes that nobody can guess (for nonces, keys and ids); predictable only in the
  /// simulation.
  byte[] secretBytes(int count);
}
