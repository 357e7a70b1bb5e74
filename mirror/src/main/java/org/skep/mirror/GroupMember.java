package org.skep.mirror;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupView.Role;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapSource;
import org.skep.runtime.rpc.RpcClient;
import org.skep.wire.Answer;
import org.skep.wire.FrameHeader;
import org.skep.wire.Operation;
import org.skep.wire.message.TargetReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A target as a member of its buddy group: owns its role. Any thread may call it.
///
/// Time is cut into *terms*: in one term the member's role, its group and the group's epoch stay
/// the same ([GroupView#sameTerm]). A newer map that says something else ends the term: requests of
/// it are refused from then on (RETRY), those in progress return, and only then the next one
/// begins, in which what they left behind is settled first. A thread of its own does that.
///
/// | next role | before it serves |
/// | --- | --- |
/// | PRIMARY_OF_PAIR | the secondary is made equal in the ranges of the activity log |
/// | PRIMARY_ALONE | the ranges of the activity log go to the change log |
/// | SECONDARY | both logs are cleared: it has all |
/// | PRIMARY_UNFIT, NONE | never serves |
/// | SECONDARY_STALE | at once |
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
  private final MemberLogs logs;
  private final Surroundings surroundings;
  private final TermStart starting;
  private final RangeLocks<Item> locks;
  private final ForwardingMode forwarding;
  private final Unconfirmed unconfirmed = new Unconfirmed();
  private final Forwarder forwarder;
  private final MemberRequests requests;
  private final Gate gate;
  // guarded by gate
  private volatile Term term = new Term(GroupView.NOTHING);
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
  public GroupMember(
      Ports ports,
      MapSource maps,
      RpcClient client,
      NodeKind kind,
      int targetId,
      MemberLogs logs,
      Surroundings surroundings,
      Recovery recovery) {
    this.ports = ports;
    this.maps = maps;
    this.kind = kind;
    this.targetId = targetId;
    this.logs = logs;
    this.surroundings = surroundings;
    starting = new TermStart(targetId, logs, recovery);
    locks = new RangeLocks<>(ports.clock());
    gate = new Gate(ports.clock());
    forwarding = new ForwardingMode(gate);
    forwarder = new Forwarder(ports, client, this, surroundings);
    requests = new MemberRequests(ports.clock(), this, forwarder, unconfirmed, recovery);
  }

  /// Begins to follow the map. Once only.
  public void start() {
    gate.lock();
    try {
      thread = ports.threads().start("member-" + targetId, this::follow);
      forwarder.start();
    } finally {
      gate.unlock();
    }
  }

  /// Serves nothing any more. Requests in progress end, those that wait for the buddy with RETRY;
  /// returns when they have.
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
        ended = awaitEnd(term, SLOW_NANOS);
        forwarder.dropBuddy(term.view);
      } catch (InterruptedException e) {
        // Whoever stops has to see the end of it.
        LOG.debug("interrupted while stopping", e);
      }
    }
  }

  /// After [#stop], and after everything was synced: the logs are true also after a restart of the
  /// host.
  public void markClean() throws IOException {
    logs.markClean();
  }

  /// After [#stop].
  public void close() throws IOException {
    logs.close();
  }

  /// Begins a request, if the member may serve it in its present role. The turn must be closed.
  ///
  /// @param sender the client id of the asking process
  /// @throws MemberRefusal saying why not
  public Turn enter(FrameHeader header, long sender, Access access) throws MemberRefusal {
    gate.lock();
    try {
      Term now = term;
      Admission.check(targetId, now, header, sender, access);
      now.running++;
      boolean forwarded = (header.flags() & FrameHeader.FLAG_FORWARDED) != 0;
      if (forwarded) {
        unconfirmed.mark(header.mark());
      }
      return new Turn(this, now, forwarded, header.sequence());
    } finally {
      gate.unlock();
    }
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
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// The primary said CONFIRM; the turn is one with [Access#CONFIRM].
  public void confirm(Turn turn, FrameHeader header) {
    if (turn.view().role() == Role.SECONDARY) {
      unconfirmed.confirm(header.sequence(), header.mark());
    }
  }

  /// Changes, reads and syncs of the group's items.
  public MemberRequests requests() {
    return requests;
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

  /// Locks out all changes and reads of the range.
  public RangeLocks<Item>.Held exclusive(Item item, Range range) throws InterruptedException {
    return locks.exclusive(item, range);
  }

  public RangeLocks<Item> locks() {
    return locks;
  }

  public MemberLogs logs() {
    return logs;
  }

  /// Sets whether changes are forwarded while this member is alone; returns when all changes that
  /// began under another mode are over. Every new term begins with OFF.
  ///
  /// @param broken called (from a change's thread; must not block) when the secondary did not take
  ///   a change under BEST_EFFORT: it is in the change log again, the mode is OFF
  /// @return false if the member is not (or no longer) alone; the mode is OFF then
  public boolean forward(Forwarding mode, Runnable broken) throws InterruptedException {
    Term now = term;
    if (mode == Forwarding.OFF && alone() && !starting.unsure()) {
      // It may have stepped out as one of a pair; alone, nobody can replace it.
      now.steppedOut = false;
    }
    return forwarding.set(
        mode,
        broken,
        () ->
            term == now
                && now.view.role() == Role.PRIMARY_ALONE
                && now.next == null
                && now.serving);
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

  ForwardingMode forwarding() {
    return forwarding;
  }

  boolean serving() {
    Term now = term;
    return now.serving && now.next == null;
  }

  boolean stopping() {
    gate.lock();
    try {
      return stopped;
    } finally {
      gate.unlock();
    }
  }

  /// Waits at most that long, less if the term ends, the mode of forwarding changes or the buddy's
  /// process is another one.
  void awaitNews(Term now, long nanos) throws InterruptedException {
    long seen = now.view.mapVersion();
    Forwarding mode = forwarding.now();
    long end = ports.clock().nanoTime() + nanos;
    gate.lock();
    try {
      for (long rest = nanos;
          !stopped
              && now.next == null
              && now.view.mapVersion() == seen
              && forwarding.now() == mode
              && rest > 0;
          rest = end - ports.clock().nanoTime()) {
        long _ = gate.awaitNanos(rest);
      }
    } finally {
      gate.unlock();
    }
  }

  /// This member can't take part: it serves nothing until a newer map begins another term, and the
  /// next heartbeat says so.
  void stepOut(Term from, String why) {
    gate.lock();
    try {
      if (from.steppedOut) {
        return;
      }
      from.steppedOut = true;
      from.waitsFor = "it can't take part: " + why;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
    LOG.error("target {} steps out of {}: {}", targetId, from.view.text(), why);
    surroundings.beatNow();
  }

  /// A sync failed here: what was acknowledged may be lost. The logs are void; steps out.
  void becameUnsure(Term during, String why) {
    starting.doubt(during.view);
    stepOut(during, why);
  }

  /// What the next heartbeat says of this member; to be called now and then, as it also looks
  /// whether a sync of others failed on its disk.
  public void report(TargetReport.Builder report) {
    Term now = term;
    if (now.view.role() != Role.NONE && !starting.unsure() && logs.durabilityLost()) {
      becameUnsure(now, "a sync failed on its disk");
    }
    report
        .setUnsure(starting.unsure())
        .setStepsOut(now.steppedOut)
        .setBuddyUnreachableEpoch(forwarder.complaint());
    if (now.view.role() == Role.PRIMARY_OF_PAIR || now.view.role() == Role.PRIMARY_ALONE) {
      report.setBuddyMisses(logs.condition() == MemberLogs.Condition.SOUND && misses());
      report.setResyncing(forwarding.now() != Forwarding.OFF);
    }
  }

  private boolean misses() {
    return !logs.changes().isEmpty();
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
    Term fresh = new Term(view);
    LOG.info("target {} is {} in {}", targetId, view.role(), view.text());
    unconfirmed.clear();
    forwarder.begin();
    forwarding.reset();
    long since = ports.clock().nanoTime();
    String said = "";
    while (true) {
      try {
        fresh.serving = starting.prepare(before, fresh);
        break;
      } catch (IOException e) {
        String why = String.valueOf(e.getMessage());
        if (!why.equals(said)) {
          LOG.warn(
              "target {}: can't begin as {} of {}: {}", targetId, view.role(), view.text(), why);
          said = why;
        }
        if (ports.clock().nanoTime() - since >= surroundings.silentNanos()) {
          forwarder.complain(view, why);
        }
        ports.clock().sleepNanos(RETRY_NANOS);
        if (stopping() || !newest().sameTerm(view)) {
          return stopping();
        }
        fresh.view = newest();
      }
    }
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
    forwarder.news();
    surroundings.beatNow();
    return true;
  }

  Surroundings surroundings() {
    return surroundings;
  }
}
