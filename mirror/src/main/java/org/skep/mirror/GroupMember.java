package org.skep.mirror;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupView.Role;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Network;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapSource;
import org.skep.runtime.rpc.Peer;
import org.skep.runtime.rpc.RequestHeader;
import org.skep.runtime.rpc.RpcClient;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
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

  private static final long LONG_NANOS = 3_600_000_000_000L;

  private final Ports ports;
  private final MapSource maps;
  private final RpcClient client;
  private final NodeKind kind;
  private final int targetId;
  private final MemberLogs logs;
  private final Surroundings surroundings;
  private final Recovery recovery;
  private final RangeLocks<Item> locks;
  private final Unconfirmed unconfirmed = new Unconfirmed();
  private final Forwarder forwarder;
  private final MemberRequests requests;
  private final Gate gate;
  // guarded by gate
  private volatile Term term = new Term(GroupView.NOTHING);
  private boolean stopped;
  private @Nullable Thread thread;
  private volatile Forwarding forwarding = Forwarding.OFF;
  private final int[] changing = new int[Forwarding.values().length];
  // losses of the group when this member became unsure in this life; -1: it is sure
  private volatile long unsureAtLosses = -1;
  private volatile @Nullable Runnable resyncBroken;

  /// See the class.
  static final class Term {
    private volatile GroupView view;
    // guarded by the member's gate
    private volatile @Nullable GroupView next;
    private volatile boolean serving;
    private volatile boolean steppedOut;
    private String waitsFor = "the member begins its role";
    private int running;

    Term(GroupView view) {
      this.view = view;
    }

    GroupView view() {
      return view;
    }

    /// What the newest map says, if the term has ended; else null.
    @Nullable GroupView next() {
      return next;
    }

    boolean steppedOut() {
      return steppedOut;
    }
  }

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
    this.client = client;
    this.kind = kind;
    this.targetId = targetId;
    this.logs = logs;
    this.surroundings = surroundings;
    this.recovery = recovery;
    locks = new RangeLocks<>(ports.clock());
    gate = new Gate(ports.clock());
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
    awaitNoneRunning(SLOW_NANOS);
    forwarder.dropBuddy(term.view);
    awaitNoneRunning(LONG_NANOS);
  }

  private void awaitNoneRunning(long nanos) {
    long end = ports.clock().nanoTime() + nanos;
    gate.lock();
    try {
      for (long rest = nanos; term.running > 0 && rest > 0; rest = end - ports.clock().nanoTime()) {
        long left = rest;
        try {
          long _ = gate.awaitNanos(left);
        } catch (InterruptedException e) {
          // Whoever stops has to see the end of it.
          LOG.debug("interrupted while stopping", e);
        }
      }
    } finally {
      gate.unlock();
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

  // --- requests ---------------------------------------------------------------------------------

  /// Begins a request, if the member may serve it in its present role. The turn must be closed.
  ///
  /// @param sender the client id of the asking process
  /// @throws MemberRefusal saying why not
  public Turn enter(FrameHeader header, long sender, Access access) throws MemberRefusal {
    gate.lock();
    try {
      Term now = term;
      check(now, header, sender, access);
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
      checkServing(now);
      if (now.view.role() != Role.PRIMARY_OF_PAIR && now.view.role() != Role.PRIMARY_ALONE) {
        throw new MemberRefusal(notServed(now, "is not served by target " + targetId));
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

  private void check(Term now, FrameHeader header, long sender, Access access)
      throws MemberRefusal {
    GroupView view = now.view;
    if (header.destination() != view.groupId()) {
      throw new MemberRefusal(
          Failure.notServed(
              "storage target " + targetId + " is not in group " + header.destination() + " yet",
              view.mapVersion()));
    }
    if (header.epoch() != view.epoch()) {
      throw new MemberRefusal(
          header.epoch() < view.epoch() && now.next == null
              ? Failure.staleEpoch(
                  view.text() + ": the request is in epoch " + header.epoch(), view.mapVersion())
              : Failure.retry(view.text() + " is on its way to another epoch"));
    }
    checkServing(now);
    if ((header.flags() & FrameHeader.FLAG_FORWARDED) != 0) {
      checkForwarded(now, sender, access);
    } else {
      checkDirect(now, header, access);
    }
  }

  private void checkServing(Term now) throws MemberRefusal {
    if (now.next != null) {
      throw new MemberRefusal(Failure.retry(now.view.text() + ": a newer map is being adopted"));
    }
    if (now.view.role() == Role.PRIMARY_UNFIT) {
      throw new MemberRefusal(
          Failure.retry(now.view.text() + " has no member that is Good and online"));
    }
    if (!now.serving || now.steppedOut) {
      throw new MemberRefusal(
          Failure.retry(now.view.text() + ": target " + targetId + ": " + now.waitsFor));
    }
  }

  private void checkForwarded(Term now, long sender, Access access) throws MemberRefusal {
    Role role = now.view.role();
    if (role != Role.SECONDARY && !(role == Role.SECONDARY_STALE && access != Access.CONFIRM)) {
      throw new MemberRefusal(notServed(now, "has target " + targetId + " not as a secondary"));
    }
    if (sender != now.view.buddyIncarnation()) {
      throw new MemberRefusal(
          Failure.retry(now.view.text() + ": the request is not from the primary's process"));
    }
  }

  private void checkDirect(Term now, FrameHeader header, Access access) throws MemberRefusal {
    Role role = now.view.role();
    boolean any =
        (header.flags() & FrameHeader.FLAG_ANY_MEMBER) != 0
            && access == Access.READ
            && role == Role.SECONDARY;
    if (!any && (role.isSecondary() || role == Role.NONE)) {
      throw new MemberRefusal(notServed(now, "is served by its primary"));
    }
    if (access == Access.RESYNC || access == Access.CONFIRM) {
      throw new MemberRefusal(Failure.malformed("a request between members, from elsewhere"));
    }
  }

  private static Failure notServed(Term now, String why) {
    return Failure.notServed(now.view.text() + " " + why, now.view.mapVersion());
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

  // --- for the resync
  // -----------------------------------------------------------------------------

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
    gate.lock();
    try {
      Term now = term;
      if (now.view.role() != Role.PRIMARY_ALONE || now.next != null || !now.serving) {
        return false;
      }
      forwarding = mode;
      resyncBroken = broken;
      if (mode == Forwarding.OFF) {
        // It may have stepped out as one of a pair; alone, nobody can replace it.
        now.steppedOut = false;
      }
      gate.signalAll();
      while (othersChanging(mode) && term == now && now.next == null && forwarding == mode) {
        long _ = gate.awaitNanos(LONG_NANOS);
      }
      return term == now && now.next == null && forwarding == mode;
    } finally {
      gate.unlock();
    }
  }

  private boolean othersChanging(Forwarding mode) {
    int sum = 0;
    for (Forwarding other : Forwarding.values()) {
      sum += other == mode ? 0 : changing[other.ordinal()];
    }
    return sum > 0;
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
    RequestHeader header = forwarder.header(view, 0);
    try {
      return client.call(buddy(view), operation, request, header, bulkOut, bulkIn, timeoutNanos);
    } catch (Network.RefusedException e) {
      forwarder.suspect(view);
      throw e;
    }
  }

  static Peer buddy(GroupView view) throws IOException {
    Node node = view.buddyNode();
    if (node == null) {
      throw new IOException(view.text() + ": the buddy's process is not known");
    }
    return Peer.of(node);
  }

  // --- what changes are told
  // -----------------------------------------------------------------------

  Forwarding beginChange() {
    gate.lock();
    try {
      changing[forwarding.ordinal()]++;
      return forwarding;
    } finally {
      gate.unlock();
    }
  }

  void endChange(Forwarding mode) {
    gate.lock();
    try {
      changing[mode.ordinal()]--;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  Forwarding forwarding() {
    return forwarding;
  }

  /// The secondary did not take a change during a resync; the range is in the change log.
  void resyncBroken(String why) {
    Runnable told = null;
    gate.lock();
    try {
      if (forwarding == Forwarding.BEST_EFFORT) {
        forwarding = Forwarding.OFF;
        told = resyncBroken;
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
    if (told != null) {
      LOG.warn("{}: the secondary did not take a change, the resync ends: {}", view().text(), why);
      told.run();
    }
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
    Forwarding mode = forwarding;
    long end = ports.clock().nanoTime() + nanos;
    gate.lock();
    try {
      for (long rest = nanos;
          !stopped
              && now.next == null
              && now.view.mapVersion() == seen
              && forwarding == mode
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
    if (unsureAtLosses < 0) {
      unsureAtLosses = during.view.group() == null ? 0 : during.view.durability() - 1;
    }
    try {
      logs.makeVoid();
    } catch (IOException e) {
      LOG.error("target {}: the logs can't be made void: {}", targetId, e.getMessage());
    }
    stepOut(during, why);
  }

  /// What the next heartbeat says of this member; to be called now and then, as it also looks
  /// whether a sync of others failed on its disk.
  public void report(TargetReport.Builder report) {
    Term now = term;
    if (now.view.role() != Role.NONE && unsureAtLosses < 0 && logs.durabilityLost()) {
      becameUnsure(now, "a sync failed on its disk");
    }
    report
        .setUnsure(unsureAtLosses >= 0)
        .setStepsOut(now.steppedOut)
        .setBuddyUnreachableEpoch(forwarder.complaint());
    if (now.view.role() == Role.PRIMARY_OF_PAIR || now.view.role() == Role.PRIMARY_ALONE) {
      report.setBuddyMisses(logs.condition() == MemberLogs.Condition.SOUND && misses());
      report.setResyncing(forwarding != Forwarding.OFF);
    }
  }

  private boolean misses() {
    return !logs.changes().isEmpty();
  }

  // --- terms
  // ----------------------------------------------------------------------------------------

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
    gate.lock();
    try {
      forwarding = Forwarding.OFF;
      resyncBroken = null;
    } finally {
      gate.unlock();
    }
    long since = ports.clock().nanoTime();
    while (true) {
      try {
        fresh.serving = prepare(before, fresh);
        break;
      } catch (IOException e) {
        LOG.warn(
            "target {}: can't begin as {} of {}: {}",
            targetId,
            view.role(),
            view.text(),
            e.getMessage());
        if (ports.clock().nanoTime() - since >= surroundings.silentNanos()) {
          forwarder.complain(view, String.valueOf(e.getMessage()));
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

  /// Settles what the last term left.
  ///
  /// @return whether the member may serve in its new role
  private boolean prepare(GroupView before, Term fresh) throws IOException, InterruptedException {
    GroupView view = fresh.view;
    if (view.role() == Role.NONE) {
      return false;
    }
    logs.begin(targetId, view.groupId(), view.role() == Role.SECONDARY_STALE);
    settleDoubt(before, view);
    if (unsureAtLosses >= 0) {
      fresh.waitsFor = "management has not yet heard that acknowledged changes may be lost here";
      return false;
    }
    return switch (view.role()) {
      case PRIMARY_OF_PAIR -> beginAsPair(view);
      case PRIMARY_ALONE -> beginAlone();
      case SECONDARY -> beginAsSecondary();
      case SECONDARY_STALE -> true;
      case PRIMARY_UNFIT, NONE -> false;
    };
  }

  /// Whether management knows by now that this member was unsure. If it does, the member is stale
  /// or has become Good again by a resync, or is the best there is, and that was counted as a loss.
  private void settleDoubt(GroupView before, GroupView view) throws IOException {
    boolean good = view.role() == Role.SECONDARY || view.role() == Role.PRIMARY_OF_PAIR;
    if (!good && view.role() != Role.PRIMARY_ALONE) {
      unsureAtLosses = -1;
      return;
    }
    if (!logs.unsure()) {
      return;
    }
    boolean counted = unsureAtLosses >= 0 && view.durability() - 1 > unsureAtLosses;
    boolean first = before.role() == Role.NONE;
    boolean resynced = before.role() == Role.SECONDARY_STALE;
    if (view.role() == Role.PRIMARY_ALONE && (counted || first || resynced)) {
      LOG.warn("target {}: its logs are void: everything will be compared", targetId);
      logs.reset(true);
      unsureAtLosses = -1;
    } else if (view.role() == Role.SECONDARY && resynced) {
      logs.reset(false);
      unsureAtLosses = -1;
    } else if (unsureAtLosses < 0) {
      unsureAtLosses = view.durability() - 1;
    }
  }

  private boolean beginAsPair(GroupView view) throws IOException, InterruptedException {
    if (!logs.changes().isEmpty()) {
      throw new IOException("the secondary is Good, but the change log names what it has not");
    }
    var active = logs.activity().active();
    if (!active.isEmpty()) {
      LOG.info("{}: comparing {} ranges that were being changed", view.text(), active.size());
      recovery.makeEqual(view, active);
      logs.activity().clear();
    }
    return true;
  }

  private boolean beginAlone() throws IOException {
    for (ItemRange range : logs.activity().active()) {
      logs.changes().add(range);
    }
    logs.activity().clear();
    return true;
  }

  private boolean beginAsSecondary() throws IOException {
    if (!logs.changes().isEmpty()) {
      logs.reset(false);
    } else if (!logs.activity().active().isEmpty()) {
      logs.activity().clear();
    }
    return true;
  }

  Surroundings surroundings() {
    return surroundings;
  }
}
