package org.skep.metadata.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.skep.metadata.lock.HeldLocks;
import org.skep.metadata.lock.LockChange;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Openings;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sessions of clients at one shard. Any thread may call it.
///
/// ```
///             first request             silent for LEASE_NANOS, or EndSession
///   (none) ------------------> open ------------------------------------------> ending
///      ^                        ^                                                 |
///      |                        | first request                                   | locks, openings and
///      |  REPLIES_NANOS         |                                                 | waiting tickets gone
///      +--------------------- lapsed <--------------------------------------------+
///         replies dropped
/// ```
///
/// The replies to changes outlive the session for a while: a client that was cut off may still
/// repeat a request that was carried out. A client that returns gets a new session with another
/// number, by which it knows that it has lost what it held.
///
/// Stored are the sessions (client: number), written before anything that belongs to them. A
/// restart starts all leases anew.
public final class Sessions {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

  /// How long replies are kept after the end of a session: longer than clients usually repeat.
  public static final long REPLIES_NANOS = 600_000_000_000L;

  /// The most sessions; more clients have to try again later.
  public static final int SESSIONS_MAX = 100_000;

  private final Shard shard;
  private final HeldLocks locks;
  private final Leases leases;
  private final Map<Long, Long> numbers = new ConcurrentHashMap<>();

  // Held while batches are applied, so no monitor.
  private final ReentrantLock lock = new ReentrantLock();

  /// Client to when its session ended. Guarded by lock; in the order of ids.
  private final Map<Long, Long> lapsed = new TreeMap<>();

  /// The clients whose end a thread is carrying out. Guarded by lock.
  private final Set<Long> finishing = new TreeSet<>();

  /// Reads the sessions from before the restart.
  public Sessions(Shard shard, HeldLocks locks) throws DiskException {
    this.shard = shard;
    this.locks = locks;
    shard
        .records()
        .scan(
            Table.SESSIONS,
            Keys.first(),
            Keys.end(),
            (key, value) -> {
              numbers.put(Keys.number(key, 0), Keys.number(value, 0));
              return true;
            });
    leases = new Leases(shard.clock(), numbers.keySet());
    long now = shard.clock().nanoTime();
    for (long client : traces()) {
      if (!numbers.containsKey(client)) {
        lapsed.put(client, now);
      }
    }
  }

  /// The clients of whom anything is stored.
  private Set<Long> traces() throws DiskException {
    Set<Long> clients = new TreeSet<>();
    shard
        .records()
        .scan(
            Table.OPENINGS,
            Keys.first(),
            Keys.end(),
            (key, value) -> {
              clients.add(Keys.number(key, 8));
              return true;
            });
    shard
        .records()
        .scan(
            Table.REPLIES,
            Keys.first(),
            Keys.end(),
            (key, value) -> {
              clients.add(Keys.number(key, 0));
              return true;
            });
    return clients;
  }

  /// Notes that the client was heard of, and begins its session if it has none. To be called with
  /// each request of a client, before anything else.
  ///
  /// @throws RefusedException RETRY while its old session is ending, or if there are too many
  public void touch(long client) throws RefusedException, DiskException {
    Leases.State state = leases.renew(client);
    if (state == Leases.State.NONE) {
      begin(client);
    } else if (state == Leases.State.ENDING) {
      throw ending(client);
    }
  }

  private static RefusedException ending(long client) {
    return new RefusedException(Failure.retry("the session of client " + client + " is ending"));
  }

  private void begin(long client) throws RefusedException, DiskException {
    lock.lock();
    try {
      switch (leases.renew(client)) {
        case RUNNING -> {
          return;
        }
        case ENDING -> throw ending(client);
        case NONE -> {}
      }
      if (leases.size() >= SESSIONS_MAX) {
        throw new RefusedException(Failure.retry(SESSIONS_MAX + " clients have sessions"));
      }
      long number = shard.clock().epochNanos();
      Batch batch = new Batch();
      batch.put(Table.SESSIONS, Keys.of(client), Keys.of(number));
      shard.apply(batch, false);
      lapsed.remove(client);
      numbers.put(client, number);
      leases.begin(client);
      LOG.info("session begins shard={} client={}", shard.id(), text(client));
    } finally {
      lock.unlock();
    }
  }

  /// The number of the client's session, different in each of its sessions; 0 if it has none.
  public long number(long client) {
    return numbers.getOrDefault(client, 0L);
  }

  /// Ends the client's session at once. If an inode is busy, the rest follows soon ([#reap]).
  public void end(long client) throws DiskException, InterruptedException {
    leases.end(client);
    finish(List.of(client), "it said so");
  }

  /// Ends the sessions of silent clients, goes on with ends that were held up, and drops replies
  /// that nobody will ask for. To be called every second or so, by one thread.
  public void reap() throws DiskException, InterruptedException {
    for (long client : leases.endSilent()) {
      LOG.warn(
          "session ends shard={} client={} reason=silent for {} s",
          shard.id(),
          text(client),
          Leases.LEASE_NANOS / 1_000_000_000L);
    }
    finish(leases.ending(), "silent");
    forget();
  }

  private void finish(List<Long> clients, String reason)
      throws DiskException, InterruptedException {
    List<Long> mine = clients.stream().filter(this::begins).toList();
    try {
      Map<Long, Set<Long>> holdings = holdings(mine);
      for (long client : mine) {
        finish(client, holdings.getOrDefault(client, Set.of()), reason);
      }
    } finally {
      mine.forEach(this::done);
    }
  }

  private void finish(long client, Set<Long> inodes, String reason)
      throws DiskException, InterruptedException {
    try {
      dropHoldings(client, inodes);
      lapse(client);
      LOG.info("session ended shard={} client={} reason={}", shard.id(), text(client), reason);
    } catch (RefusedException e) {
      LOG.info(
          "session end goes on later shard={} client={} reason={}",
          shard.id(),
          text(client),
          e.failure().detail());
    }
  }

  /// Whether the caller is the one that ends this session.
  private boolean begins(long client) {
    lock.lock();
    try {
      return leases.renew(client) == Leases.State.ENDING && finishing.add(client);
    } finally {
      lock.unlock();
    }
  }

  private void done(long client) {
    lock.lock();
    try {
      finishing.remove(client);
    } finally {
      lock.unlock();
    }
  }

  private void lapse(long client) throws DiskException {
    lock.lock();
    try {
      Batch batch = new Batch();
      batch.delete(Table.SESSIONS, Keys.of(client));
      shard.apply(batch, false);
      numbers.remove(client);
      lapsed.put(client, shard.clock().nanoTime());
      leases.remove(client);
    } finally {
      lock.unlock();
    }
  }

  /// The inodes that the clients have locked or opened, found in one walk for all of them.
  private Map<Long, Set<Long>> holdings(List<Long> clients) throws DiskException {
    Map<Long, Set<Long>> inodes = new TreeMap<>();
    for (long client : clients) {
      inodes.put(client, new TreeSet<>(locks.inodesOf(client)));
    }
    if (clients.isEmpty()) {
      return inodes;
    }
    shard
        .records()
        .scan(
            Table.OPENINGS,
            Keys.first(),
            Keys.end(),
            (key, value) -> {
              Set<Long> opened = inodes.get(Keys.number(key, 8));
              if (opened != null) {
                opened.add(Keys.number(key, 0));
              }
              return true;
            });
    return inodes;
  }

  /// Drops the client's locks and openings; files that only it kept go away.
  private void dropHoldings(long client, Set<Long> inodes)
      throws DiskException, RefusedException, InterruptedException {
    locks.waits().dropClient(client);
    for (long inode : inodes) {
      dropHoldings(client, inode);
    }
  }

  private void dropHoldings(long client, long inode)
      throws DiskException, RefusedException, InterruptedException {
    try (InodeLocks.Held _ = shard.lock(inode, true)) {
      LockChange change = locks.of(inode).releaseClient(client);
      Draft draft = shard.draft();
      HeldLocks.record(draft.batch(), inode, change);
      if (shard.records().exists(inode)) {
        Openings.removeAll(draft, inode, client);
      } else {
        draft.batch().delete(Table.OPENINGS, Keys.of(inode, client));
      }
      shard.apply(draft, false);
      locks.applied(inode, change);
    }
  }

  /// Drops the last of clients whose sessions ended long ago: their replies, and what a request
  /// left that was still running then. If an inode is busy, the next round does it.
  private void forget() throws DiskException, InterruptedException {
    List<Long> clients = takeForgotten();
    try {
      Map<Long, Set<Long>> holdings = holdings(clients);
      for (long client : clients) {
        forget(client, holdings.getOrDefault(client, Set.of()));
      }
    } finally {
      clients.forEach(leases::remove);
    }
  }

  /// The clients to be forgotten; none of them can begin a session until its lease is removed.
  private List<Long> takeForgotten() {
    lock.lock();
    try {
      List<Long> clients = new ArrayList<>();
      long now = shard.clock().nanoTime();
      lapsed.forEach((client, since) -> {
        if (now - since > REPLIES_NANOS) {
          clients.add(client);
        }
      });
      for (long client : clients) {
        leases.begin(client);
        leases.end(client);
      }
      return clients;
    } finally {
      lock.unlock();
    }
  }

  private void forget(long client, Set<Long> inodes) throws DiskException, InterruptedException {
    try {
      dropHoldings(client, inodes);
      dropReplies(client);
    } catch (RefusedException e) {
      LOG.info("client is forgotten later client={} reason={}", text(client), e.getMessage());
    }
  }

  private void dropReplies(long client) throws DiskException {
    lock.lock();
    try {
      Batch batch = new Batch();
      shard.replies().dropAll(batch, client);
      shard.apply(batch, false);
      lapsed.remove(client);
    } finally {
      lock.unlock();
    }
  }

  private static String text(long client) {
    return Long.toHexString(client);
  }

  /// How many sessions there are.
  public int size() {
    return leases.size();
  }
}
