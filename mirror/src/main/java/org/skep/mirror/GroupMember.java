package org.skep.mirror;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupView.Role;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapSource;
import org.skep.runtime.rpc.RpcClient;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.Operation;
import org.skep.wire.message.TargetReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A target as a member of its buddy group, of either kind: owns its role. Any thread may call it.
///
/// Time is cut into *terms*: in one term the member's role, its group and the group's epoch stay
/// the same ([GroupView#sameTerm]). A newer map that says something else ends the term: requests of
/// it are refused from then on (RETRY), those in progress return, and only then the next one
/// begins, in which what they left behind is settled first. A thread of its own does that; what is
/// settled, and how, is the [Replica]'s.
public final class GroupMember {
  private static final Logger LOG = LoggerFactory.getLogger(GroupMember.class);
  private static final long LOOK_NANOS = 1_000_000_000L;
  private static final long SLOW_NANOS = 2_000_000_000L;
  private static final long RETRY_NANOS = 100_000_000L;

  /// How long requests may take to notice that their term has ended, before the buddy is dropped.
  private static final long PATIENCE_NANOS = 100_000_000L;

  private final Ports ports;
  private final MapSource maps;
  private final NodeKind kind;
  private final int targetId;
  private final Surroundings surroundings;
  private final Replica replica;
  private final Forwarder forwarder;
  private final Gate gate;
  // guarded by gate
  private volatile Term term = new Term(GroupView.NOTHING);
  private volatile @Nullable Term preparing;
  private boolean following;
  // Used by the thread that follows the map only.
  private boolean began;
  private boolean stopped;
  private @Nullable Thread thread;

  /// What a request wants.
  public enum Access {
    /// A change, or a sync.
    CHANGE,
    READ,
    /// From the primary only, to a secondary that may be stale: a resync's.
    RESYNC,
    /// From the primary only, to a Good secondary.
    CONFIRM
  }

  /// @param client of this process, whose client id is the process's incarnation
  /// @param replica nothing of it is called before [#start]
  public GroupMember(
      Ports ports,
      MapSource maps,
      RpcClient client,
      NodeKind kind,
      int targetId,
      Surroundings surroundings,
      Replica replica) {
    this.ports = ports;
    this.maps = maps;
    this.kind = kind;
    this.targetId = targetId;
    this.surroundings = surroundings;
    this.replica = replica;
    gate = new Gate(ports.clock());
    forwarder = new Forwarder(ports, client, kind, this, surroundings);
  }

  /// Begins to follow the map. Once only.
  public void start() {
    gate.lock();
    try {
      following = true;
      thread = ports.threads().start("member-" + targetId, this::follow);
      forwarder.start();
    } finally {
      gate.unlock();
    }
  }

  /// Serves nothing any more. Requests in progress end, those that wait for the buddy with RETRY;
  /// returns when they have, and the replica has heard of its end.
  public void stop() {
    gate.lock();
    try {
      stopped = true;
      term.serving = false;
      term.waitsFor = "the server stops";
      gate.signalAll();
      if (thread != null) {
        thread.interrupt();
      }
      forwarder.stop();
    } finally {
      gate.unlock();
    }
    boolean ended = false;
    while (!ended) {
      try {
        ended = awaitEnd(term, SLOW_NANOS) && awaitFollowed();
        forwarder.dropBuddy(term.view);
        Term unfinished = preparing;
        if (unfinished != null) {
          forwarder.dropBuddy(unfinished.view);
        }
      } catch (InterruptedException e) {
        // Whoever stops has to see the end of it.
        LOG.debug("interrupted while stopping", e);
      }
    }
  }

  private boolean awaitFollowed() throws InterruptedException {
    long end = ports.clock().nanoTime() + SLOW_NANOS;
    gate.lock();
    try {
      for (long rest = SLOW_NANOS; following && rest > 0; rest = end - ports.clock().nanoTime()) {
        long _ = gate.awaitNanos(rest);
      }
      return !following;
    } finally {
      gate.unlock();
    }
  }

  /// Begins a request, if the member may serve it in its present role. The turn must be closed.
  ///
  /// @param sender the client id of the asking process
  /// @throws MemberRefusal saying why not
  public Turn enter(FrameHeader header, long sender, Access access) throws MemberRefusal {
    gate.lock();
    try {
      Term now = term;
      Admission.check(kind, targetId, now, header, sender, access);
      now.running++;
      boolean forwarded = (header.flags() & FrameHeader.FLAG_FORWARDED) != 0;
      if (forwarded) {
        replica.forwarded(header);
      }
      return new Turn(this, now, forwarded, header.sequence());
    } finally {
      gate.unlock();
    }
  }

  /// Whether the member may serve a request in its present role, as [#enter], but the term does not
  /// wait for its end: [Replica#ends] has to fence it. Takes no lock.
  ///
  /// @return the role's view
  /// @throws MemberRefusal saying why not
  public GroupView admit(FrameHeader header, long sender, Access access) throws MemberRefusal {
    Term now = term;
    Admission.check(kind, targetId, now, header, sender, access);
    return now.view;
  }

  /// Begins something of this process's own, if this member is its group's primary and serves.
  public Turn enterAsPrimary() throws MemberRefusal {
    gate.lock();
    try {
      Term now = term;
      Admission.checkServing(targetId, now);
      if (now.view.role() != Role.PRIMARY_OF_PAIR && now.view.role() != Role.PRIMARY_ALONE) {
        throw new MemberRefusal(Admission.notServed(now, "is not served by target " + targetId));
      }
      now.running++;
      return new Turn(this, now, false, 0);
    } finally {
      gate.unlock();
    }
  }

  void leave(Term left) {
    gate.lock();
    try {
      left.running--;
      // Only the end of a term is waited for; every request in between would wake in vain.
      if (left.running == 0 && (left.next != null || stopped)) {
        gate.signalAll();
      }
    } finally {
      gate.unlock();
    }
  }

  /// What it is in its present term.
  public GroupView view() {
    return term.view;
  }

  /// Whether it is a primary that serves alone, now: `view()` has the secondary, if there is one.
  public boolean alone() {
    Term now = term;
    return now.serving && now.next == null && now.view.role() == Role.PRIMARY_ALONE;
  }

  /// Waits until the view may be another than `seen`, at most that long.
  public void awaitView(GroupView seen, long nanos) throws InterruptedException {
    long end = ports.clock().nanoTime() + nanos;
    gate.lock();
    try {
      for (long rest = nanos;
          !stopped && term.view.mapVersion() == seen.mapVersion() && rest > 0;
          rest = end - ports.clock().nanoTime()) {
        long _ = gate.awaitNanos(rest);
      }
    } finally {
      gate.unlock();
    }
  }

  /// Asks the buddy, in the view's epoch, as its primary. One attempt.
  ///
  /// @throws IOException also if there is none
  public <Q extends MessageLite, R extends MessageLite> Answer<R> ask(
      GroupView view,
      Operation<Q, R> operation,
      Q request,
      @Nullable ByteBuffer bulkOut,
      @Nullable ByteBuffer bulkIn,
      long timeoutNanos)
      throws IOException {
    return forwarder.ask(view, operation, request, bulkOut, bulkIn, timeoutNanos);
  }

  /// Its line to the secondary, while it is a primary.
  public Forwarder forwarder() {
    return forwarder;
  }

  public Surroundings surroundings() {
    return surroundings;
  }

  /// Guards the member's term and is signalled with each news of it: for a replica whose own state
  /// is waited for together with the term's. Nothing else is locked while it is held.
  public Gate gate() {
    return gate;
  }

  /// Whether this primary still counts as one, so that what it has is what the group has. As one of
  /// a pair it needs a lease, or else the secondary's word (CONFIRM; waits for that as long as the
  /// secondary may be silent). Whether the term goes on is for the turn, or the replica, to say.
  ///
  /// @param view of the primary
  /// @param pair whether it counts as one of a pair: alone nobody can replace it
  /// @throws MemberRefusal RETRY if that is not known
  public void mayAnswer(GroupView view, boolean pair) throws MemberRefusal {
    if (!pair || surroundings.holdsLease()) {
      return;
    }
    String problem = forwarder.confirm(view, surroundings.silentNanos());
    if (problem != null) {
      throw new MemberRefusal(
          Failure.retry(
              view.text()
                  + ": the primary has no lease, and the secondary did not confirm: "
                  + problem));
    }
  }

  boolean serving() {
    Term now = term;
    return now.serving && now.next == null;
  }

  /// Whether [#stop] was called.
  public boolean stopping() {
    gate.lock();
    try {
      return stopped;
    } finally {
      gate.unlock();
    }
  }

  /// Waits at most that long, less if the turn's term ends, its view is another one, the server
  /// stops, or there is other news.
  ///
  /// @param news asked with the gate locked, which is signalled when the answer may be another one
  public void awaitNews(Turn turn, long nanos, BooleanSupplier news) throws InterruptedException {
    Term now = turn.term();
    long seen = now.view.mapVersion();
    long end = ports.clock().nanoTime() + nanos;
    gate.lock();
    try {
      for (long rest = nanos;
          !stopped
              && now.next == null
              && now.view.mapVersion() == seen
              && !news.getAsBoolean()
              && rest > 0;
          rest = end - ports.clock().nanoTime()) {
        long _ = gate.awaitNanos(rest);
      }
    } finally {
      gate.unlock();
    }
  }

  /// This member can't take part: it serves nothing until a newer map begins another term, and the
  /// next heartbeat says so. Nothing happens if the view's term is over.
  ///
  /// @param during of the present term, or of the one that is being prepared
  public void stepOut(GroupView during, String why) {
    gate.lock();
    try {
      Term from = termOf(during);
      if (from == null || from.steppedOut) {
        return;
      }
      from.steppedOut = true;
      from.waitsFor = "it can't take part: " + why;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
    LOG.error("target {} steps out of {}: {}", targetId, during.text(), why);
    surroundings.beatNow();
  }

  /// Undoes [#stepOut], for a member that nobody can replace.
  public void stepIn(GroupView during) {
    gate.lock();
    try {
      Term from = termOf(during);
      if (from != null) {
        from.steppedOut = false;
        gate.signalAll();
      }
    } finally {
      gate.unlock();
    }
  }

  private @Nullable Term termOf(GroupView view) {
    Term fresh = preparing;
    if (fresh != null && fresh.view.sameTerm(view)) {
      return fresh;
    }
    return term.view.sameTerm(view) ? term : null;
  }

  /// What the next heartbeat says of this member.
  public void report(TargetReport.Builder report) {
    replica.report(term.view, report);
    Term now = term;
    Term fresh = preparing;
    report
        .setUnsure(replica.unsure())
        .setStepsOut(now.steppedOut || (fresh != null && fresh.steppedOut))
        .setBuddyUnreachableEpoch(forwarder.complaint());
  }

  private void follow() {
    try {
      while (!stopping()) {
        GroupView newest = newest();
        adopt(newest);
        boolean _ = maps.awaitVersion(newest.mapVersion() + 1, LOOK_NANOS);
      }
    } catch (InterruptedException e) {
      if (!stopping()) {
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
    Term old = term;
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
    gate.lock();
    try {
      now.view = newest;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
    replica.renewed(newest);
    forwarder.news();
  }

  /// Refuses new requests of the term and waits until the last one has returned.
  private void end(Term old, GroupView newest) throws InterruptedException {
    gate.lock();
    try {
      old.next = newest;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
    if (began) {
      began = false;
      replica.ends(newest);
    }
    forwarder.news();
    if (!awaitEnd(old, PATIENCE_NANOS)) {
      // Its process hangs, or it would have refused what is of an older epoch.
      forwarder.dropBuddy(old.view);
    }
    while (!awaitEnd(old, SLOW_NANOS)) {
      LOG.warn("{}: requests of the last epoch are still running", newest.text());
    }
  }

  private boolean awaitEnd(Term old, long nanos) throws InterruptedException {
    long end = ports.clock().nanoTime() + nanos;
    gate.lock();
    try {
      for (long rest = nanos; old.running > 0 && rest > 0; rest = end - ports.clock().nanoTime()) {
        long _ = gate.awaitNanos(rest);
      }
      return old.running == 0;
    } finally {
      gate.unlock();
    }
  }

  /// @return false if a newer map has to be looked at first
  private boolean begin(GroupView before, GroupView view) throws InterruptedException {
    LOG.info("target {} is {} in {}", targetId, view.role(), view.text());
    forwarder.begin();
    Term fresh = new Term(view);
    preparing = fresh;
    try {
      if (!prepare(before, fresh)) {
        return stopping();
      }
      began = true;
      replica.begins(fresh.view);
      publish(fresh);
    } finally {
      preparing = null;
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
        if (stopping() || !newest.sameTerm(view)) {
          return false;
        }
        fresh.view = newest;
      }
    }
  }

  private void publish(Term fresh) {
    gate.lock();
    try {
      term = fresh;
      if (stopped) {
        fresh.serving = false;
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }
}
