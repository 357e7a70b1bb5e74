package org.skep.mirror;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupView.Role;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends a member's term and begins the next one when a newer map says so, on a thread of its own:
/// the rules of the [GroupMember]'s terms.
final class TermThread {
  private static final Logger LOG = LoggerFactory.getLogger(TermThread.class);
  private static final long LOOK_NANOS = 1_000_000_000L;
  private static final long SLOW_NANOS = 2_000_000_000L;
  private static final long RETRY_NANOS = 100_000_000L;

  /// How long requests may take to notice that their term has ended, before the buddy is dropped.
  private static final long PATIENCE_NANOS = 100_000_000L;

  private final Ports ports;
  private final MapSource maps;
  private final NodeKind kind;
  private final int targetId;
  private final Terms terms;
  private final Replica replica;
  private final Forwarder forwarder;
  private final Surroundings surroundings;
  private final Gate gate;
  // guarded by gate
  private boolean following;
  private @Nullable Thread thread;
  // Used by the thread only.
  private boolean began;

  TermThread(
      Ports ports,
      MapSource maps,
      NodeKind kind,
      int targetId,
      Terms terms,
      Replica replica,
      Forwarder forwarder,
      Surroundings surroundings) {
    this.ports = ports;
    this.maps = maps;
    this.kind = kind;
    this.targetId = targetId;
    this.terms = terms;
    this.replica = replica;
    this.forwarder = forwarder;
    this.surroundings = surroundings;
    gate = new Gate(ports.clock());
  }

  /// Once only.
  void start() {
    gate.lock();
    try {
      following = true;
      thread = ports.threads().start("member-" + targetId, this::follow);
    } finally {
      gate.unlock();
    }
  }

  /// After [Terms#stop]: the thread ends soon.
  void interrupt() {
    gate.lock();
    try {
      if (thread != null) {
        thread.interrupt();
      }
    } finally {
      gate.unlock();
    }
  }

  /// @return whether the thread has ended, and the replica has heard of its end
  boolean awaitEnd(long nanos) throws InterruptedException {
    long end = ports.clock().nanoTime() + nanos;
    gate.lock();
    try {
      for (long rest = nanos; following && rest > 0; rest = end - ports.clock().nanoTime()) {
        long _ = gate.awaitNanos(rest);
      }
      return !following;
    } finally {
      gate.unlock();
    }
  }

  private void follow() {
    try {
      while (!terms.stopping()) {
        GroupView newest = newest();
        adopt(newest);
        boolean _ = maps.awaitVersion(newest.mapVersion() + 1, LOOK_NANOS);
      }
    } catch (InterruptedException e) {
      if (!terms.stopping()) {
        throw new IllegalStateException("only stop interrupts this thread", e);
      }
    } finally {
      leaveAll();
    }
  }

  private void leaveAll() {
    try {
      replica.ends(GroupView.NOTHING);
    } finally {
      gate.lock();
      try {
        following = false;
        gate.signalAll();
      } finally {
        gate.unlock();
      }
    }
  }

  private GroupView newest() {
    return GroupView.of(maps.current(), kind, targetId);
  }

  private void adopt(GroupView newest) throws InterruptedException {
    Term old = terms.now();
    if (old.view.mapVersion() == newest.mapVersion()) {
      return;
    }
    if (old.view.sameTerm(newest)) {
      renew(old, newest);
      return;
    }
    end(old, newest);
    GroupView next = newest();
    while (!begin(old.view, next)) {
      next = newest();
    }
  }

  /// A newer map without news for the role; the buddy's process may be another one.
  private void renew(Term now, GroupView newest) {
    terms.renew(now, newest);
    replica.renewed(newest);
    forwarder.news();
  }

  /// Refuses new requests of the term and waits until the last one has returned.
  private void end(Term old, GroupView newest) throws InterruptedException {
    terms.end(old, newest);
    if (began) {
      began = false;
      replica.ends(newest);
    }
    forwarder.news();
    if (!terms.awaitEnd(old, PATIENCE_NANOS)) {
      // Its process hangs, or it would have refused what is of an older epoch.
      forwarder.dropBuddy(old.view);
    }
    while (!terms.awaitEnd(old, SLOW_NANOS)) {
      LOG.warn("{}: requests of the last epoch are still running", newest.text());
    }
  }

  /// @return false if a newer map has to be looked at first
  private boolean begin(GroupView before, GroupView view) throws InterruptedException {
    LOG.info("target {} is {} in {}", targetId, view.role(), view.text());
    forwarder.begin();
    Term fresh = new Term(view);
    terms.prepares(fresh);
    try {
      if (!prepare(before, fresh)) {
        return terms.stopping();
      }
      began = true;
      replica.begins(fresh.view);
      terms.publish(fresh);
    } finally {
      terms.prepares(null);
    }
    forwarder.news();
    surroundings.beatNow();
    return true;
  }

  /// @return false if there is a newer map, or the server stops
  private boolean prepare(GroupView before, Term fresh) throws InterruptedException {
    GroupView view = fresh.view;
    long since = ports.clock().nanoTime();
    String said = "";
    while (true) {
      try {
        fresh.serving = replica.prepare(before, fresh.view);
        if (!fresh.serving && view.role() != Role.NONE && replica.unsure()) {
          fresh.waitsFor =
              "management has not yet heard that acknowledged changes may be lost here";
        }
        return true;
      } catch (IOException e) {
        String why = String.valueOf(e.getMessage());
        if (!why.equals(said)) {
          LOG.warn(
              "target {}: can't begin as {} of {}: {}", targetId, view.role(), view.text(), why);
          said = why;
        }
        if (ports.clock().nanoTime() - since >= surroundings.silentNanos()) {
          replica.cannotPrepare(fresh.view, why);
        }
        ports.clock().sleepNanos(RETRY_NANOS);
        GroupView newest = newest();
        if (terms.stopping() || !newest.sameTerm(view)) {
          return false;
        }
        fresh.view = newest;
      }
    }
  }
}
