package org.skep.mirror.range;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;

/// Locks over ranges of keys: exclusive for changes, shared for reads. Fair: a request is granted
/// when no earlier request, granted or waiting, is in its way, so that all requests on overlapping
/// ranges are ordered by their arrival. Two are in each other's way if their ranges overlap (an
/// empty range overlaps nothing) and one of them is exclusive. Owned by what holds the [Held], not
/// by a thread. Any thread may call it.
///
/// @param <K> with a hash code that depends on its value only
public final class RangeLocks<K> {
  private static final int SLOTS = 64;
  private static final long LONG_NANOS = 3_600_000_000_000L;

  private final List<Slot<K>> slots = new ArrayList<>();

  private static final class Slot<K> {
    private final Gate gate;
    // Guarded by gate, with the lists, which are in the order of arrival and never empty.
    private final Map<K, List<Request>> requests = new HashMap<>();

    Slot(Gate gate) {
      this.gate = gate;
    }
  }

  private static final class Request {
    private final Range range;
    private final boolean exclusive;

    Request(Range range, boolean exclusive) {
      this.range = range;
      this.exclusive = exclusive;
    }

    boolean inTheWayOf(Request later) {
      return (exclusive || later.exclusive) && range.overlaps(later.range);
    }
  }

  /// A lock; closing it once gives it back.
  public final class Held implements AutoCloseable {
    private final Slot<K> slot;
    private final K key;
    private final Request request;

    private Held(Slot<K> slot, K key, Request request) {
      this.slot = slot;
      this.key = key;
      this.request = request;
    }

    @Override
    public void close() {
      leave(slot, key, request);
    }
  }

  public RangeLocks(Clock clock) {
    for (int i = 0; i < SLOTS; i++) {
      slots.add(new Slot<>(new Gate(clock)));
    }
  }

  /// Waits until nothing overlaps.
  ///
  /// @throws InterruptedException while waiting; nothing is held then
  public Held exclusive(K key, Range range) throws InterruptedException {
    return acquire(key, new Request(range, true));
  }

  /// Waits until nothing exclusive overlaps.
  ///
  /// @throws InterruptedException while waiting; nothing is held then
  public Held shared(K key, Range range) throws InterruptedException {
    return acquire(key, new Request(range, false));
  }

  private Held acquire(K key, Request request) throws InterruptedException {
    Slot<K> slot = slots.get(Math.floorMod(key.hashCode(), SLOTS));
    boolean granted = false;
    slot.gate.lock();
    try {
      List<Request> all = slot.requests.computeIfAbsent(key, missing -> new ArrayList<>(1));
      all.add(request);
      while (isBlocked(all, request)) {
        long _ = slot.gate.awaitNanos(LONG_NANOS);
      }
      granted = true;
      return new Held(slot, key, request);
    } finally {
      slot.gate.unlock();
      if (!granted) {
        leave(slot, key, request);
      }
    }
  }

  private static boolean isBlocked(List<Request> all, Request request) {
    for (Request earlier : all) {
      if (earlier == request) {
        return false;
      }
      if (earlier.inTheWayOf(request)) {
        return true;
      }
    }
    throw new IllegalStateException("a lock request is lost");
  }

  private static <K> void leave(Slot<K> slot, K key, Request request) {
    slot.gate.lock();
    try {
      List<Request> all = slot.requests.get(key);
      if (all == null || !removeIdentical(all, request)) {
        throw new IllegalStateException("a lock on " + key + " was given back twice");
      }
      if (all.isEmpty()) {
        slot.requests.remove(key);
      } else {
        slot.gate.signalAll();
      }
    } finally {
      slot.gate.unlock();
    }
  }

  private static boolean removeIdentical(List<Request> all, Request request) {
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i) == request) {
        all.remove(i);
        return true;
      }
    }
    return false;
  }
}
