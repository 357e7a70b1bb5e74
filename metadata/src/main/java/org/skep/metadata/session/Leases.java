package org.skep.metadata.session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.skep.runtime.port.Clock;

/// When each client was last heard of. Any thread may call it; [#renew] is called with each request
/// and takes no lock.
///
/// A lease is *running* from [#begin] until [#end] or [#endSilent], then *ending* until [#remove].
/// A renewal either comes before the end for silence, which then doesn't happen, or is told that it
/// came too late: so no request of a client runs beside that end.
public final class Leases {

  /// How long a client may be silent before its locks and openings end. Clients renew every third
  /// of it, so that two renewals may be lost.
  public static final long LEASE_NANOS = 30_000_000_000L;

  /// A renewal so soon after the last one is not written down: many threads of a client call.
  private static final long GRAIN_NANOS = 100_000_000L;

  /// In place of the time: the lease is ending.
  private static final long ENDING = Long.MIN_VALUE;

  /// A lease as its renewal finds it.
  public enum State {
    /// There is no session: the caller may begin one.
    NONE,
    RUNNING,
    /// Its end is under way and can't be stopped.
    ENDING
  }

  private final Clock clock;
  private final Map<Long, AtomicLong> heardNanos = new ConcurrentHashMap<>();

  /// @param known the clients with a session from before; their leases start now
  public Leases(Clock clock, Collection<Long> known) {
    this.clock = clock;
    known.forEach(this::begin);
  }

  /// The client was heard of now.
  public State renew(long client) {
    AtomicLong lease = heardNanos.get(client);
    if (lease == null) {
      return State.NONE;
    }
    long now = clock.nanoTime();
    long heard = lease.get();
    while (heard != ENDING && now - heard > GRAIN_NANOS) {
      long found = lease.compareAndExchange(heard, now);
      heard = found == heard ? now : found;
    }
    return heard == ENDING ? State.ENDING : State.RUNNING;
  }

  public void begin(long client) {
    heardNanos.put(client, new AtomicLong(clock.nanoTime()));
  }

  /// Ends the lease now, whether the client was heard of or not; no effect if there is none.
  public void end(long client) {
    AtomicLong lease = heardNanos.get(client);
    if (lease != null) {
      lease.set(ENDING);
    }
  }

  /// Ends the leases of those who were not heard of for [#LEASE_NANOS].
  ///
  /// @return the clients, in ascending order
  public List<Long> endSilent() {
    List<Long> ended = new ArrayList<>();
    long now = clock.nanoTime();
    heardNanos.forEach((client, lease) -> {
      long heard = lease.get();
      if (heard != ENDING && now - heard > LEASE_NANOS && lease.compareAndSet(heard, ENDING)) {
        ended.add(client);
      }
    });
    ended.sort(null);
    return ended;
  }

  /// The clients whose leases are ending, in ascending order.
  public List<Long> ending() {
    List<Long> clients = new ArrayList<>();
    heardNanos.forEach((client, lease) -> {
      if (lease.get() == ENDING) {
        clients.add(client);
      }
    });
    clients.sort(null);
    return clients;
  }

  /// Forgets a lease that has ended; the client may begin a new one.
  public void remove(long client) {
    heardNanos.remove(client);
  }

  public int size() {
    return heardNanos.size();
  }
}
