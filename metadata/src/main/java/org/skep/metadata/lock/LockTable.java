package org.skep.metadata.lock;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The locks of one inode: an immutable value.
///
/// Kept in the order of owner and start. The ranges of one owner don't overlap, and neighbours of
/// the same type are one range, as in Linux (`posix_lock_inode`).
public final class LockTable {

  /// The most ranges of one inode. Programs that lock records keep at most some thousands; a
  /// hundred thousand are 10 MB of memory.
  public static final int RANGES_MAX = 100_000;

  public static final LockTable EMPTY = new LockTable(List.of());

  private static final Comparator<HeldLock> ORDER =
      Comparator.comparing(HeldLock::owner).thenComparingLong(HeldLock::start);

  private final List<HeldLock> locks;

  private LockTable(List<HeldLock> locks) {
    this.locks = locks;
  }

  /// The table of stored locks.
  ///
  /// @throws IllegalStateException if ranges of one owner overlap: the store is broken
  public static LockTable of(Collection<HeldLock> stored) {
    List<HeldLock> sorted = new ArrayList<>(stored);
    sorted.sort(ORDER);
    for (int i = 1; i < sorted.size(); i++) {
      HeldLock before = sorted.get(i - 1);
      HeldLock lock = sorted.get(i);
      if (before.owner().equals(lock.owner()) && before.end() >= lock.start()) {
        throw new IllegalStateException("locks overlap: " + before + ", " + lock);
      }
    }
    return sorted.isEmpty() ? EMPTY : new LockTable(sorted);
  }

  /// All locks, in order; not to be changed.
  public List<HeldLock> locks() {
    return Collections.unmodifiableList(locks);
  }

  public int size() {
    return locks.size();
  }

  public boolean isEmpty() {
    return locks.isEmpty();
  }

  /// Of the locks that keep `wanted` from being set, the one that begins first (F_GETLK); null if
  /// it can be set.
  public @Nullable HeldLock conflict(HeldLock wanted) {
    HeldLock first = null;
    for (HeldLock lock : locks) {
      if (lock.conflictsWith(wanted) && (first == null || lock.start() < first.start())) {
        first = lock;
      }
    }
    return first;
  }

  /// Whether the client has any lock here.
  public boolean has(long client) {
    return locks.stream().anyMatch(lock -> lock.owner().client() == client);
  }

  /// Who keeps `wanted` from being set.
  public Set<LockOwner> blockers(HeldLock wanted) {
    Set<LockOwner> owners = new LinkedHashSet<>();
    for (HeldLock lock : locks) {
      if (lock.conflictsWith(wanted)) {
        owners.add(lock.owner());
      }
    }
    return owners;
  }

  /// Whether `owner` holds a lock that keeps `wanted` from being set.
  public boolean blocks(LockOwner owner, HeldLock wanted) {
    for (int i = firstOf(owner); i < locks.size() && locks.get(i).owner().equals(owner); i++) {
      if (locks.get(i).conflictsWith(wanted)) {
        return true;
      }
    }
    return false;
  }

  /// The lock that `wanted`'s owner has by flock(2), if it is of the other type: a conversion drops
  /// it before it looks for conflicts.
  public @Nullable HeldLock toConvert(HeldLock wanted) {
    int i = firstOf(wanted.owner());
    if (wanted.family() != LockFamily.FLOCK
        || i == locks.size()
        || !locks.get(i).owner().equals(wanted.owner())
        || locks.get(i).exclusive() == wanted.exclusive()) {
      return null;
    }
    return locks.get(i);
  }

  /// Sets a lock: it replaces what its owner has in the range (so it upgrades, downgrades and
  /// splits) and grows together with neighbours of its type.
  ///
  /// @throws IllegalStateException if it conflicts with another owner's
  public LockChange set(HeldLock wanted) {
    HeldLock conflict = conflict(wanted);
    if (conflict != null) {
      throw new IllegalStateException(wanted + " conflicts with " + conflict);
    }
    return replace(wanted.owner(), wanted.start(), wanted.end(), wanted);
  }

  /// Drops what the owner has in the range; no error if that is nothing.
  public LockChange unlock(LockOwner owner, long start, long end) {
    return replace(owner, start, end, null);
  }

  /// Drops all locks of an owner.
  public LockChange release(LockOwner owner) {
    return remove(lock -> lock.owner().equals(owner));
  }

  /// Drops all locks of a client, of both families.
  public LockChange releaseClient(long client) {
    return remove(lock -> lock.owner().client() == client);
  }

  private LockChange remove(Predicate<HeldLock> dropped) {
    List<HeldLock> removed = new ArrayList<>();
    List<HeldLock> kept = new ArrayList<>();
    for (HeldLock lock : locks) {
      (dropped.test(lock) ? removed : kept).add(lock);
    }
    return new LockChange(kept.isEmpty() ? EMPTY : new LockTable(kept), removed, List.of());
  }

  private LockChange replace(LockOwner owner, long start, long end, @Nullable HeldLock wanted) {
    int from = firstOf(owner);
    while (from < locks.size() && isBefore(locks.get(from), owner, start)) {
      from++;
    }
    int to = from;
    while (to < locks.size() && reaches(locks.get(to), owner, end)) {
      to++;
    }
    List<HeldLock> old = locks.subList(from, to);
    List<HeldLock> pieces = pieces(old, start, end, wanted);
    List<HeldLock> all = new ArrayList<>(locks.size() - old.size() + pieces.size());
    all.addAll(locks.subList(0, from));
    all.addAll(pieces);
    all.addAll(locks.subList(to, locks.size()));
    List<HeldLock> removed = new ArrayList<>(old);
    removed.removeAll(pieces);
    pieces.removeIf(old::contains);
    return new LockChange(all.isEmpty() ? EMPTY : new LockTable(all), removed, pieces);
  }

  /// What the owner's locks around the range become; `old` are those that touch it, in order.
  private static List<HeldLock> pieces(
      List<HeldLock> old, long start, long end, @Nullable HeldLock wanted) {
    List<HeldLock> pieces = new ArrayList<>(3);
    HeldLock middle = wanted;
    HeldLock right = null;
    for (HeldLock lock : old) {
      if (lock.start() < start) {
        if (middle != null && middle.exclusive() == lock.exclusive()) {
          middle = middle.withRange(lock.start(), middle.end());
        } else {
          pieces.add(lock.withRange(lock.start(), Math.min(lock.end(), start - 1)));
        }
      }
      if (lock.end() > end) {
        if (middle != null && middle.exclusive() == lock.exclusive()) {
          middle = middle.withRange(middle.start(), lock.end());
        } else {
          right = lock.withRange(Math.max(lock.start(), end + 1), lock.end());
        }
      }
    }
    if (middle != null) {
      pieces.add(middle);
    }
    if (right != null) {
      pieces.add(right);
    }
    return pieces;
  }

  /// Whether the lock of the same owner ends before `start` and doesn't even touch it.
  private static boolean isBefore(HeldLock lock, LockOwner owner, long start) {
    return lock.owner().equals(owner) && lock.end() < start - 1;
  }

  /// Whether the lock is the owner's and begins in the range or right behind it.
  private static boolean reaches(HeldLock lock, LockOwner owner, long end) {
    return lock.owner().equals(owner) && lock.start() - 1 <= end;
  }

  /// The index of the owner's first lock, or where it would be.
  private int firstOf(LockOwner owner) {
    int low = 0;
    int high = locks.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (locks.get(middle).owner().compareTo(owner) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LockTable table && locks.equals(table.locks);
  }

  @Override
  public int hashCode() {
    return locks.hashCode();
  }

  @Override
  public String toString() {
    return locks.toString();
  }
}
