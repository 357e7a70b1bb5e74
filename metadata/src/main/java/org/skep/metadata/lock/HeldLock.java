package org.skep.metadata.lock;

/// One lock on one range of one inode, held or wanted.
///
/// @param exclusive a write lock (F_WRLCK, LOCK_EX)
/// @param start the first byte
/// @param end the last byte, inclusive; `Long.MAX_VALUE`: to the end of the file, however it grows
/// @param pid for F_GETLK; of no meaning here
public record HeldLock(LockOwner owner, boolean exclusive, long start, long end, int pid) {

  public HeldLock {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("lock from " + start + " to " + end);
    }
    if (owner.family() == LockFamily.FLOCK && (start != 0 || end != Long.MAX_VALUE)) {
      throw new IllegalArgumentException("flock of a part, from " + start + " to " + end);
    }
  }

  /// A lock of flock(2).
  public static HeldLock flock(long client, long number, boolean exclusive, int pid) {
    return new HeldLock(
        new LockOwner(LockFamily.FLOCK, client, number), exclusive, 0, Long.MAX_VALUE, pid);
  }

  /// A lock of fcntl(2).
  public static HeldLock fcntl(
      long client, long number, boolean exclusive, long start, long end, int pid) {
    return new HeldLock(
        new LockOwner(LockFamily.FCNTL, client, number), exclusive, start, end, pid);
  }

  public LockFamily family() {
    return owner.family();
  }

  /// Whether both can't be held at the same time.
  public boolean conflictsWith(HeldLock other) {
    return (exclusive || other.exclusive)
        && start <= other.end
        && other.start <= end
        && family() == other.family()
        && !owner.equals(other.owner);
  }

  HeldLock withRange(long newStart, long newEnd) {
    return new HeldLock(owner, exclusive, newStart, newEnd, pid);
  }
}
