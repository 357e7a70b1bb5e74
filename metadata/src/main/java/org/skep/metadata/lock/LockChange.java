package org.skep.metadata.lock;

import java.util.List;

/// What a change makes of a [LockTable].
///
/// @param table the locks afterwards
/// @param removed records to delete from the store; first
/// @param added records to put into the store; then
public record LockChange(LockTable table, List<HeldLock> removed, List<HeldLock> added) {

  public LockChange {
    removed = List.copyOf(removed);
    added = List.copyOf(added);
  }

  /// Whether anything is different afterwards.
  public boolean changed() {
    return !removed.isEmpty() || !added.isEmpty();
  }

  /// Whether the inode may have that many locks: a change that makes more of them must leave at
  /// most [LockTable#RANGES_MAX], else it is refused with ENOLCK. Even unlocking makes more when it
  /// cuts a range in two.
  public boolean withinLimit() {
    return added.size() <= removed.size() || table.size() <= LockTable.RANGES_MAX;
  }
}
