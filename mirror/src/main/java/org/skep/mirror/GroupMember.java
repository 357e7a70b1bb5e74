package org.skep.mirror;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupView.Role;
import org.skep.runtime.port.Clock;
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
/// begins, in which what they left behind is settled first. The [TermThread] does that; what is
/// settled, and how, is the [Replica]'s.
public final class GroupMember {
  private static final Logger LOG = LoggerFactory.getLogger(GroupMember.class);
  private static final long SLOW_NANOS = 2_000_000_000L;

  private final Ports ports;
  private final NodeKind kind;
  private final int targetId;
  private final Surroundings surroundings;
  private final Replica replica;
  private final Forwarder forwarder;
  private final Terms terms;
  private final TermThread thread;

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
    this.kind = kind;
    this.targetId = targetId;
    this.surroundings = surroundings;
    this.replica = replica;
    terms = new Terms(ports.clock());
    forwarder = new Forwarder(ports, client, kind, this, surroundings);
    thread = new TermThread(ports, maps, kind, targetId, terms, replica, forwarder, surroundings);
  }

  /// Begins to follow the map. Once only.
  public void start() {
    thread.start();
    forwarder.start();
  }

  /// Serves nothing any more. Requests in progress end, those that wait for the buddy with RETRY;
  /// returns when they have, and the replica has heard of its end.
  public void stop() {
    terms.stop();
    thread.interrupt();
    forwarder.stop();
    boolean ended = false;
    while (!ended) {
      try {
        Term last = terms.now();
        ended = terms.awaitEnd(last, SLOW_NANOS) && thread.awaitEnd(SLOW_NANOS);
        forwarder.dropBuddy(terms.now().view);
        Term unfinished = terms.preparing();
        if (unfinished != null) {
          forwarder.dropBuddy(unfinished.view);
        }
      } catch (InterruptedException e) {
        // Whoever stops has to see the end of it.
        LOG.debug("interrupted while stopping", e);
      }
    }
  }

  /// Begins a request, if the member may serve it in its present role. The turn must be closed.
  ///
  /// @param sender the client id of the asking process
  /// @throws MemberRefusal saying why not
  public Turn enter(FrameHeader header, long sender, Access access) throws MemberRefusal {
    gate().lock();
    try {
      Term now = terms.now();
      Admission.check(kind, targetId, now, header, sender, access);
      now.running++;
      boolean forwarded = (header.flags() & FrameHeader.FLAG_FORWARDED) != 0;
      if (forwarded) {
        replica.forwarded(header);
      }
      return new Turn(this, now, forwarded, header.sequence());
    } finally {
      gate().unlock();
    }
  }

  /// Whether the member may serve a request in its present role, as [#enter], but the term does not
  /// wait for its end: [Replica#ends] has to fence it. Takes no lock.
  ///
  /// @return the role's view
  /// @throws MemberRefusal saying why not
  public GroupView admit(FrameHeader header, long sender, Access access) throws MemberRefusal {
    Term now = terms.now();
    Admission.check(kind, targetId, now, header, sender, access);
    return now.view;
  }

  /// Begins something of this process's own, if this member is its group's primary and serves.
  public Turn enterAsPrimary() throws MemberRefusal {
    gate().lock();
    try {
      Term now = terms.now();
      Admission.checkServing(targetId, now);
      if (now.view.role() != Role.PRIMARY_OF_PAIR && now.view.role() != Role.PRIMARY_ALONE) {
        throw new MemberRefusal(Admission.notServed(now, "is not served by target " + targetId));
      }
      now.running++;
      return new Turn(this, now, false, 0);
    } finally {
      gate().unlock();
    }
  }

  void leave(Term left) {
    terms.leave(left);
  }

  /// What it is in its present term.
  public GroupView view() {
    return terms.now().view;
  }

  /// Whether it is a primary that serves alone, now: `view()` has the secondary, if there is one.
  public boolean alone() {
    Term now = terms.now();
    return now.serving && now.next == null && now.view.role() == Role.PRIMARY_ALONE;
  }

  /// Waits until the view may be another than `seen`, at most that long.
  public void awaitView(GroupView seen, long nanos) throws InterruptedException {
    long end = ports.clock().nanoTime() + nanos;
    gate().lock();
    try {
      for (long rest = nanos;
          !terms.stopping() && terms.now().view.mapVersion() == seen.mapVersion() && rest > 0;
          rest = end - ports.clock().nanoTime()) {
        long _ = gate().awaitNanos(rest);
      }
    } finally {
      gate().unlock();
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

  /// By which it waits.
  public Clock clock() {
    return ports.clock();
  }

  public Surroundings surroundings() {
    return surroundings;
  }

  /// Guards the member's term and is signalled with each news of it: for a replica whose own state
  /// is waited for together with the term's. Nothing else is locked while it is held.
  public Gate gate() {
    return terms.gate();
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
    Term now = terms.now();
    return now.serving && now.next == null;
  }

  /// Whether [#stop] was called.
  public boolean stopping() {
    return terms.stopping();
  }

  /// Waits at most that long, less if the turn's term ends, its view is another one, the server
  /// stops, or there is other news.
  ///
  /// @param news asked with the gate locked, which is signalled when the answer may be another one
  public void awaitNews(Turn turn, long nanos, BooleanSupplier news) throws InterruptedException {
    Term now = turn.term();
    long seen = now.view.mapVersion();
    long end = ports.clock().nanoTime() + nanos;
    gate().lock();
    try {
      for (long rest = nanos;
          !terms.stopping()
              && now.next == null
              && now.view.mapVersion() == seen
              && !news.getAsBoolean()
              && rest > 0;
          rest = end - ports.clock().nanoTime()) {
        long _ = gate().awaitNanos(rest);
      }
    } finally {
      gate().unlock();
    }
  }

  /// This member can't take part: it serves nothing until a newer map begins another term, and the
  /// next heartbeat says so. Nothing happens if the view's term is over.
  ///
  /// @param during of the present term, or of the one that is being prepared
  public void stepOut(GroupView during, String why) {
    if (!terms.stepOut(during, "it can't take part: " + why)) {
      return;
    }
    LOG.error("target {} steps out of {}: {}", targetId, during.text(), why);
    surroundings.beatNow();
  }

  /// Undoes [#stepOut], for a member that nobody can replace.
  public void stepIn(GroupView during) {
    terms.stepIn(during);
  }

  /// What the next heartbeat says of this member.
  public void report(TargetReport.Builder report) {
    replica.report(terms.now().view, report);
    Term now = terms.now();
    Term fresh = terms.preparing();
    report
        .setUnsure(replica.unsure())
        .setStepsOut(now.steppedOut || (fresh != null && fresh.steppedOut))
        .setBuddyUnreachableEpoch(forwarder.complaint());
  }
}
