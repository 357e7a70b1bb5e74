package org.skep.metadata.resync;

import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Consistency;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.Empty;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.ShardResyncStatsReply;
import org.skep.wire.message.ShardResyncStatsReply.State;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the secondary of one member's shard up to date, whenever this member is a primary that is
/// alone and the secondary (Needs-resync) is Online; on a thread of its own. A run that fails is
/// tried again after 1 s, then 2 s, up to 30 s, and at once when the map says something new.
///
/// From the moment when management is told that the secondary has all, changes wait for it until a
/// map, or management's refusal, says otherwise.
///
/// [#start] and [#stop] are called once; the rest by any thread.
public final class ResyncJob {
  private static final Logger LOG = LoggerFactory.getLogger(ResyncJob.class);
  private static final long RETRY_MIN_NANOS = 1_000_000_000L;
  private static final long RETRY_MAX_NANOS = 30_000_000_000L;
  private static final long ABORT_NANOS = 30_000_000_000L;
  private static final long STOP_NANOS = 2_000_000_000L;
  private static final long WAIT_NANOS = 100_000_000L;

  private final Ports ports;
  private final GroupMember member;
  private final Supplier<@Nullable Leader> leader;
  private final ResyncManagement management;
  private final Gate gate;
  // all guarded by gate
  private @Nullable Thread thread;
  private boolean stopped;
  private boolean waiting;
  private boolean woken;
  private boolean everything;
  private @Nullable ResyncRun running;
  private ResyncReport report = ResyncReport.NONE;
  // Used by the thread only: management may know already that the secondary has everything.
  private boolean told;

  /// @param leader null as long as the target is not the primary
  public ResyncJob(
      Ports ports,
      GroupMember member,
      Supplier<@Nullable Leader> leader,
      ResyncManagement management) {
    this.ports = ports;
    this.member = member;
    this.leader = leader;
    this.management = management;
    gate = new Gate(ports.clock());
  }

  public void start() {
    gate.lock();
    try {
      thread = ports.threads().start("shard-resync", this::follow);
    } finally {
      gate.unlock();
    }
  }

  /// Ends a run that is going on. Before the member is stopped.
  public void stop() {
    gate.lock();
    try {
      stopped = true;
      if (running != null) {
        running.cancel("the server stops");
      }
      wakeLocked();
    } finally {
      gate.unlock();
    }
    awaitRun(STOP_NANOS);
  }

  /// Whether a run is going on.
  public boolean isRunning() {
    gate.lock();
    try {
      return running != null;
    } finally {
      gate.unlock();
    }
  }

  /// The secondary refused something for good: ends a run that is going on.
  public void broken(String reason) {
    gate.lock();
    try {
      if (running != null) {
        running.cancel(reason);
      }
    } finally {
      gate.unlock();
    }
  }

  /// The answer to SHARD_RESYNC_STATS: of the run that is going on, or else of the last one.
  public ShardResyncStatsReply stats() {
    ResyncReport now;
    gate.lock();
    try {
      now = report;
    } finally {
      gate.unlock();
    }
    return now.stats(ports.clock(), member.view());
  }

  // --- an administrator's wish
  // --------------------------------------------------------------------

  /// START_SHARD_RESYNC: what is answered.
  ///
  /// @param aborted a run was going on and was ended
  /// @param failure null if the resync is going to run
  public record Ordered(boolean aborted, @Nullable Failure failure) {}

  /// Wants a resync of the secondary, which may have to be called Needs-resync first. Waits for
  /// management, and for the end of a run that is going on.
  ///
  /// @param restart end one that is running; else it is refused (EBUSY)
  public Ordered order(boolean restart) throws IOException, InterruptedException {
    boolean aborted = false;
    gate.lock();
    try {
      if (running != null) {
        if (!restart) {
          return refused(Errno.EBUSY, "a resync of " + member.view().text() + " is running");
        }
        running.cancel("an administrator starts it anew");
        aborted = true;
      }
    } finally {
      gate.unlock();
    }
    if (aborted) {
      awaitRun(ABORT_NANOS);
    }
    GroupView view = member.view();
    Target buddy = view.buddy();
    if (view.group() == null || buddy == null) {
      return refused(Errno.ENOENT, view.text() + " has no secondary");
    }
    boolean demanded = buddy.consistency() != Consistency.NEEDS_RESYNC;
    gate.lock();
    try {
      everything |= demanded;
    } finally {
      gate.unlock();
    }
    Failure failure = demanded ? demand(view, buddy) : null;
    gate.lock();
    try {
      if (failure != null) {
        everything = false;
      }
      wakeLocked();
    } finally {
      gate.unlock();
    }
    return new Ordered(aborted, failure);
  }

  private static Ordered refused(Errno errno, String why) {
    return new Ordered(false, Failure.errno(errno.number(), why));
  }

  private @Nullable Failure demand(GroupView view, Target buddy)
      throws IOException, InterruptedException {
    if (buddy.consistency() == Consistency.BAD) {
      // Nothing of it is trusted, also if this process dies before it is compared: it notes that.
      Object _ = new ReplicaLine(member, view, () -> {}).begin(true);
    }
    return switch (management.demand(view.groupId(), buddy.id())) {
      case Answer.Done<Empty> _ -> null;
      case Answer.Refused<Empty>(Failure failure) -> failure;
    };
  }

  private void awaitRun(long nanos) {
    long end = ports.clock().nanoTime() + nanos;
    boolean interrupted = false;
    gate.lock();
    try {
      for (long rest = nanos; running != null && rest > 0; rest = end - ports.clock().nanoTime()) {
        try {
          long _ = gate.awaitNanos(rest);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      gate.unlock();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  // --- the thread --------------------------------------------------------------------------------

  /// Ends the thread's waiting for something to do; a run is not disturbed.
  private void wakeLocked() {
    woken = true;
    if (waiting && thread != null) {
      thread.interrupt();
    }
  }

  private boolean isStopped() {
    gate.lock();
    try {
      return stopped;
    } finally {
      gate.unlock();
    }
  }

  private void follow() {
    long pauseNanos = RETRY_MIN_NANOS;
    GroupView failed = GroupView.NOTHING;
    while (!isStopped()) {
      GroupView view = member.view();
      Leader now = leader.get();
      if (now == null || !isNeeded(view)) {
        // Its term may begin to serve without another view.
        await(view, isSoon(view) ? WAIT_NANOS : RETRY_MAX_NANOS);
        continue;
      }
      pauseNanos =
          failed.equals(view) ? Math.min(2 * pauseNanos, RETRY_MAX_NANOS) : RETRY_MIN_NANOS;
      if (run(view, now)) {
        await(view, RETRY_MAX_NANOS);
      } else {
        failed = view;
        await(view, pauseNanos);
      }
    }
  }

  /// Whether it will be needed as soon as the member serves.
  private static boolean isSoon(GroupView view) {
    Target buddy = view.buddy();
    return buddy != null
        && view.role() == GroupView.Role.PRIMARY_ALONE
        && buddy.consistency() == Consistency.NEEDS_RESYNC
        && view.buddyOnline();
  }

  private boolean isNeeded(GroupView view) {
    return isSoon(view) && member.alone();
  }

  /// Waits for another view, or for being woken.
  private void await(GroupView seen, long nanos) {
    boolean waits;
    gate.lock();
    try {
      waits = !woken;
      waiting = waits;
    } finally {
      gate.unlock();
    }
    if (waits) {
      try {
        member.awaitView(seen, nanos);
      } catch (InterruptedException e) {
        LOG.debug("woken", e);
      }
    }
    gate.lock();
    try {
      waiting = false;
      woken = false;
      boolean _ = Thread.interrupted();
    } finally {
      gate.unlock();
    }
  }

  /// One run, to its end.
  ///
  /// @return whether management knows that the secondary has all
  private boolean run(GroupView view, Leader now) {
    Counters counters = new Counters();
    ResyncRun run;
    gate.lock();
    try {
      if (stopped) {
        return false;
      }
      run = new ResyncRun(member, view, now, everything, counters);
      running = run;
      report = ResyncReport.of(ports.clock(), view, counters);
    } finally {
      gate.unlock();
    }
    told = false;
    LOG.info("{}: resync starts", view.text());
    State state = State.FAILED;
    String reason = "";
    try {
      run.run();
      handOver(view, run);
      state = State.COMPLETED;
    } catch (InterruptedResyncException e) {
      state = State.INTERRUPTED;
      reason = String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      state = State.INTERRUPTED;
      reason = "it was interrupted";
    } catch (IOException e) {
      counters.failed();
      reason = String.valueOf(e.getMessage());
    } finally {
      if (state != State.COMPLETED && !told) {
        run.giveUp();
      }
      end(view, run, state, reason);
    }
    return state == State.COMPLETED;
  }

  private void end(GroupView view, ResyncRun run, State state, String reason) {
    gate.lock();
    try {
      report = report.over(ports.clock(), state, reason);
      if (state == State.COMPLETED) {
        everything = false;
      }
      if (running == run) {
        running = null;
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
    if (state == State.COMPLETED) {
      LOG.info("{}: resync is complete sentBytes={}", view.text(), report.counters().sentBytes());
    } else {
      LOG.warn("{}: resync: {}: {}", view.text(), state, reason);
    }
  }

  /// The secondary has all, and gets all: tells management until it knows, or a newer map, or its
  /// refusal, says otherwise. As long as that is open, this member must not go on alone, whoever
  /// wants to end the run: the secondary may be Good already.
  private void handOver(GroupView view, ResyncRun run) throws IOException, InterruptedException {
    run.check();
    told = true;
    while (member.view().sameTerm(view)) {
      if (isStopped()) {
        throw new InterruptedResyncException("the server stops");
      }
      tell(view);
      GroupView seen = member.view();
      if (seen.sameTerm(view)) {
        member.awaitView(seen, RETRY_MIN_NANOS);
      }
    }
    told = false;
    if (member.view().role() != GroupView.Role.PRIMARY_OF_PAIR) {
      throw new InterruptedResyncException("a newer map says: " + member.view().text());
    }
  }

  /// Only EBUSY says that the secondary is not Good: any other refusal, above all ESTALE, may be
  /// the second answer to a request whose first one was lost. A newer map is on its way then.
  private void tell(GroupView view) throws InterruptedResyncException, InterruptedException {
    try {
      Answer<Empty> answer =
          management.resynced(view.groupId(), view.epoch(), ResyncReport.idOf(view.buddy()));
      if (answer instanceof Answer.Refused<Empty>(Failure failure)) {
        if (failure.kind() == FailureMessage.Kind.ERRNO
            && failure.errno() == Errno.EBUSY.number()) {
          told = false;
          throw new InterruptedResyncException("management refuses: " + failure.detail());
        }
        LOG.info("{}: waiting for a newer map: {}", view.text(), failure.detail());
      }
    } catch (InterruptedResyncException e) {
      throw e;
    } catch (IOException e) {
      LOG.info("{}: management does not know yet: {}", view.text(), e.getMessage());
    }
  }
}
