package org.skep.metadata.lock;

/// The two kinds of advisory locks, which never conflict with each other. The ordinal is stored.
public enum LockFamily {
  /// Byte ranges of a process: fcntl(2); also open file description locks.
  FCNTL,
  /// The whole file, of an open file: flock(2).
  FLOCK
}
