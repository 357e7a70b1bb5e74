package org.skep.client.system;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.call.Join;
import org.skep.client.call.Servers;
import org.skep.client.call.Waits;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Threads;
import org.skep.wire.Answer;
import org.skep.wire.Operations;
import org.skep.wire.message.EndSessionRequest;
import org.skep.wire.message.RenewSessionReply;
import org.skep.wire.message.RenewSessionRequest;

/// Keeps this client's sessions alive: a thread for each shard that was used renews the lease each
/// third of it, so that one shard that is away does not cost the locks on another. Any thread may
/// call it.
final class Sessions {
  // Before the shard has said how long its leases are, and if it says something useless.
  private static final long PERIOD_FIRST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long PERIOD_MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Servers servers;
  private final Threads threads;
  private final IntConsumer lost;
  private final Clock clock;
  private final Gate gate;
  // Read without a lock for each request.
  private final Set<Integer> shards = ConcurrentHashMap.newKeySet();
  // guarded by gate
  private boolean stopped;

  /// @param lost called with the shard when a session had ended before it was renewed, and with it
  ///   all locks
  Sessions(Servers servers, Clock clock, Threads threads, IntConsumer lost) {
    this.servers = servers;
    this.lost = lost;
    this.threads = threads;
    this.clock = clock;
    this.gate = new Gate(clock);
  }

  /// A request to that shard is about to be sent: its session must live from now on.
  void used(int shard) {
    if (shards.contains(shard)) {
      return;
    }
    gate.lock();
    try {
      if (!stopped && shards.add(shard)) {
        threads.start("client session " + shard, () -> renew(shard));
      }
    } finally {
      gate.unlock();
    }
  }

  List<Integer> shards() {
    return List.copyOf(shards);
  }

  private void renew(int shard) {
    long periodNanos = PERIOD_FIRST_NANOS;
    long session = 0;
    while (pause(periodNanos)) {
      Answer<RenewSessionReply> answer =
          servers.shard(
              shard, Operations.RENEW_SESSION, RenewSessionRequest.getDefaultInstance(), 0, 0);
      // A refusal has been repeated and logged by the router; the next round tries again.
      if (answer
          instanceof Answer.Done<RenewSessionReply>(RenewSessionReply reply, int _, long _)) {
        periodNanos =
            Math.max(
                PERIOD_MIN_NANOS,
                TimeUnit.MILLISECONDS.toNanos(Integer.toUnsignedLong(reply.getLeaseMillis()) / 3));
        if (session != 0 && session != reply.getSession()) {
          lost.accept(shard);
        }
        session = reply.getSession();
      }
    }
  }

  private boolean pause(long nanos) {
    gate.lock();
    try {
      return !Waits.until(gate, () -> stopped, nanos);
    } finally {
      gate.unlock();
    }
  }

  /// Stops the renewals and ends the sessions. What a shard that is away does not hear of ends with
  /// its lease.
  void end() {
    gate.lock();
    try {
      stopped = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
    Join all = new Join(clock);
    for (int shard : shards) {
      all.add();
      Thread _ =
          threads.start("client session end " + shard, () -> all.run(() -> endSession(shard)));
    }
    ErrnoException _ = result(all);
  }

  private void endSession(int shard) {
    Answer<?> _ =
        servers.shardBriefly(shard, Operations.END_SESSION, EndSessionRequest.getDefaultInstance());
  }

  private static @Nullable ErrnoException result(Join all) {
    try {
      all.await();
      return null;
    } catch (ErrnoException e) {
      return e;
    }
  }
}
