package org.skep.metadata.session;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.skep.runtime.port.Clock;

/// When each client was last heard of. Any thread may call it; [#renew] is called with each request
/// and takes no lock.
public final class Leases {

  /// How long a client may be silent before its locks and openings end. Clients renew every third
  /// of it, so two renewals may be lost; a client that restarts on another host soon gets at what
  /// the old one had locked.
  public static final long LEASE_NANOS = 30_000_000_000L;

  private final Clock clock;
  private final ConcurrentMap<Long, AtomicLong> heard = new ConcurrentHashMap<>();

  /// @param known the clients with a session from before; their leases start now
  public Leases(Clock clock, Collection<Long> known) {
    this.clock = clock;
    long now = clock.nanoTime();
    known.forEach(client -> heard.put(client, new AtomicLong(now)));
  }

  /// The client was heard of now.
  ///
  /// @return false if it has no session yet: the caller begins one
  public boolean renew(long client) {
    AtomicLong last = heard.get(client);
    if (last == null) {
      return false;
    }
    last.setOpaque(clock.nanoTime());
    return true;
  }

  public void begin(long client) {
    heard.put(client, new AtomicLong(clock.nanoTime()));
  }

  public void end(long client) {
    heard.remove(client);
  }

  /// Whether the client has no session or was not heard of for that long.
  public boolean isSilent(long client, long forNanos) {
    AtomicLong last = heard.get(client);
    return last == null || clock.nanoTime() - last.getOpaque() > forNanos;
  }

  /// The clients that were not heard of for that long.
  public List<Long> silent(long forNanos) {
    List<Long> clients = new ArrayList<>();
    long now = clock.nanoTime();
    heard.forEach((client, last) -> {
      if (now - last.getOpaque() > forNanos) {
        clients.add(client);
      }
    });
    return clients;
  }

  public int size() {
    return heard.size();
  }
}
