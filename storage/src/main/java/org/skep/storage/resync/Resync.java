package org.skep.storage.resync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Consistency;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.range.Forwarding;
import org.skep.mirror.range.RangeReplica;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Memory;
import org.skep.runtime.port.Ports;
import org.skep.storage.chunk.ChunkStore;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.Empty;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.ResyncStatsReply;
import org.skep.wire.message.ResyncStatsReply.State;
import org.skep.wire.message.StartResyncRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the secondary of one member's group up to date, whenever this member is a primary that is
/// alone and the secondary (Needs-resync) is Online; on a thread of its own. A run that fails is
/// tried again after 1 s, then 2 s, up to 30 s, and at once when the map says something new.
///
/// From the moment when management is told that all is equal, changes are answered only when both
/// have them ([Forwarding#REQUIRED]), until a map, or management's refusal, says otherwise.
///
/// [#start] and [#stop] are called once; the rest by any thread.
public final class Resync {
  private static final Logger LOG = LoggerFactory.getLogger(Resync.class);
  private static final int WORKERS = 4;
  private static final long RETRY_MIN_NANOS = 1_000_000_000L;
  private static final long RETRY_MAX_NANOS = 30_000_000_000L;
  private static final long ABORT_NANOS = 30_000_000_000L;
  private static final long STOP_NANOS = 2_000_000_000L;
  private static final long LOOK_NANOS = 100_000_000L;
  private static final long LONG_NANOS = 3_600_000_000_000L;

  private final Ports ports;
  private final RangeReplica replica;
  private final GroupMember member;
  private final ChunkStore store;
  private final Management management;
  private final Pace pace;
  private final List<ByteBuffer> memory = new ArrayList<>();
  private final Gate gate;
  // all guarded by gate
  private @Nullable Thread thread;
  private volatile boolean stopped;
  private boolean waiting;
  private boolean woken;
  private final StandingOrder standing;
  private @Nullable ResyncRun running;
  private ResyncReport report = ResyncReport.NONE;
  // Of this member as a secondary: its disk's when the primary began a resync; 0: it did not.
  private long begunDurability;
  // Used by the thread only: management may know already that the secondary has everything.
  private boolean told;

  /// What of management a resync needs. Refusals are management's own answers.
  public interface Management {

    /// Says that the secondary has everything.
    ///
    /// @throws IOException if there was no answer
    Answer<Empty> resynced(int group, long epoch, int secondary)
        throws IOException, InterruptedException;

    /// Asks that the secondary, Good or Bad, is called Needs-resync.
    ///
    /// @throws IOException if there was no answer
    Answer<Empty> demand(int group, int secondary) throws IOException, InterruptedException;
  }

  /// Takes up what an earlier process was ordered to do.
  ///
  /// @param store of what the group has
  /// @param disk of the target
  /// @param bytesPerSecond how fast it may go, 0: as fast as it can
  public Resync(
      Ports ports,
      RangeReplica replica,
      ChunkStore store,
      Disk disk,
      Management management,
      long bytesPerSecond) {
    this.ports = ports;
    this.replica = replica;
    this.member = replica.member();
    this.store = store;
    this.management = management;
    standing = StandingOrder.open(disk);
    pace = new Pace(ports.clock(), bytesPerSecond);
    gate = new Gate(ports.clock());
  }

  public void start() {
    locked(() -> thread = ports.threads().start("resync", this::follow));
  }

  private void locked(Runnable action) {
    gate.lock();
    try {
      action.run();
    } finally {
      gate.unlock();
    }
  }

  /// Ends a run that is going on. Before the member is stopped.
  public void stop() {
    locked(() -> {
      stopped = true;
      if (running != null) {
        running.cancel("the server stops");
      }
      wakeLocked();
    });
    awaitRun(STOP_NANOS, () -> true);
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

  /// The answer to RESYNC_STATS: of the run that is going on, or else of the last one.
  public ResyncStatsReply stats() {
    gate.lock();
    try {
      return report.stats(ports.clock(), member.view());
    } finally {
      gate.unlock();
    }
  }

  // --- an administrator's wish
  // --------------------------------------------------------------------

  /// START_RESYNC: what is answered.
  ///
  /// @param aborted a run was going on and was ended
  /// @param failure null if the resync is going to run
  public record Ordered(boolean aborted, @Nullable Failure failure) {}

  /// Wants a resync of the secondary, which may have to be called Needs-resync first. Waits for
  /// management, and for the end of a run that is going on. What is answered as ordered is done
  /// also if this process ends before ([StandingOrder]).
  public Ordered order(StartResyncRequest request) throws IOException, InterruptedException {
    boolean aborted = request.getRestart() && abort();
    GroupView view;
    Target buddy;
    Object before;
    Object ordered;
    gate.lock();
    try {
      view = member.view();
      buddy = view.buddy();
      if (running != null) {
        String why = "a resync of " + view.text() + " is running";
        return new Ordered(
            aborted, aborted ? Failure.retry(why) : Failure.errno(Errno.EBUSY.number(), why));
      }
      if (view.group() == null || buddy == null) {
        String why = view.text() + " has no secondary";
        return new Ordered(aborted, Failure.errno(Errno.ENOENT.number(), why));
      }
      before = standing.state();
      standing.add(view, wanted(request, buddy), request.getRestart());
      replica.doubtBuddy();
      ordered = standing.state();
    } finally {
      gate.unlock();
    }
    boolean done = false;
    try {
      boolean due = buddy.consistency() == Consistency.NEEDS_RESYNC;
      Failure failure = due ? null : demand(view, buddy);
      done = failure == null;
      return new Ordered(aborted, failure);
    } finally {
      endOrder(done, ordered, before);
    }
  }

  private void endOrder(boolean done, Object ordered, Object before) {
    locked(() -> {
      if (!done) {
        standing.takeBack(ordered, before);
      }
      wakeLocked();
    });
  }

  private static ResyncRun.Order wanted(StartResyncRequest request, Target buddy) {
    return request.getSince()
        ? new ResyncRun.Order(request.getSinceEpochSeconds(), false)
        : new ResyncRun.Order(null, buddy.consistency() != Consistency.NEEDS_RESYNC);
  }

  /// Ends a run that is going on, and waits for its end, but not longer than this member's term
  /// goes on: that may have to end before the run can.
  ///
  /// @return whether there was one
  private boolean abort() {
    gate.lock();
    try {
      if (running == null) {
        return false;
      }
      running.cancel("an administrator starts it anew");
    } finally {
      gate.unlock();
    }
    awaitRun(ABORT_NANOS, member::alone);
    return true;
  }

  private @Nullable Failure demand(GroupView view, Target buddy)
      throws IOException, InterruptedException {
    if (buddy.consistency() == Consistency.BAD) {
      // Nothing of it is trusted, also if this process dies before it is compared.
      replica.logs().changes().addEverything();
    }
    return switch (management.demand(view.groupId(), buddy.id())) {
      case Answer.Done<Empty> _ -> null;
      case Answer.Refused<Empty>(Failure failure) -> failure;
    };
  }

  private void awaitRun(long nanos, BooleanSupplier wants) {
    long end = ports.clock().nanoTime() + nanos;
    boolean interrupted = false;
    gate.lock();
    try {
      for (long rest = nanos;
          running != null && rest > 0 && wants.getAsBoolean();
          rest = end - ports.clock().nanoTime()) {
        try {
          long _ = gate.awaitNanos(Math.min(rest, LOOK_NANOS));
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

  private void follow() {
    long pauseNanos = RETRY_MIN_NANOS;
    GroupView failed = GroupView.NOTHING;
    while (!stopped) {
      GroupView view = member.view();
      locked(() -> standing.settle(view));
      if (!isNeeded(view)) {
        await(view, LONG_NANOS);
        continue;
      }
      pauseNanos =
          failed.equals(view) ? Math.min(2 * pauseNanos, RETRY_MAX_NANOS) : RETRY_MIN_NANOS;
      if (run(view)) {
        await(view, LONG_NANOS);
      } else {
        failed = view;
        await(view, pauseNanos);
      }
    }
  }

  private boolean isNeeded(GroupView view) {
    Target buddy = view.buddy();
    return buddy != null
        && buddy.consistency() == Consistency.NEEDS_RESYNC
        && view.buddyOnline()
        && member.alone();
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
        // Its term may begin to serve without another view.
        member.awaitView(seen, Math.min(nanos, RETRY_MAX_NANOS));
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
  /// @return whether management knows that all is equal
  private boolean run(GroupView view) {
    Counters counters = new Counters();
    ResyncRun run;
    gate.lock();
    try {
      if (stopped) {
        return false;
      }
      run = new ResyncRun(ports, replica, view, store, standing.of(view), pace, counters);
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
      if (memory.isEmpty()) {
        for (int i = 0; i < WORKERS; i++) {
          memory.add(Memory.allocate(Equalizer.STEP_BYTES));
        }
      }
      run.run(memory);
      String error = counters.firstError();
      if (error == null) {
        handOver(view, run);
        state = State.COMPLETED;
      } else {
        state = State.COMPLETED_WITH_ERRORS;
        reason = counters.errors() + " errors, the first: " + error;
      }
    } catch (InterruptedResyncException e) {
      state = State.INTERRUPTED;
      reason = e.reason();
    } catch (InterruptedException e) {
      state = State.INTERRUPTED;
      reason = "it was interrupted";
    } catch (IOException e) {
      reason = String.valueOf(e.getMessage());
    } finally {
      if (state != State.COMPLETED && !told) {
        forwardNothing();
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
        standing.forget();
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

  /// Both members are equal, and stay so: tells management until it knows, or a newer map, or its
  /// refusal, says otherwise. As long as that is open, this member must not go on alone, whoever
  /// wants to end the run: the secondary may be Good already.
  private void handOver(GroupView view, ResyncRun run)
      throws IOException, InterruptedResyncException, InterruptedException {
    if (!replica.forward(Forwarding.REQUIRED, Resync::nobody)) {
      throw new InterruptedResyncException("this member is not alone any more");
    }
    // What was not taken until now has been noted, and the run knows it.
    run.check();
    replica.logs().changes().forgetEverything();
    if (!replica.logs().changes().isEmpty()) {
      throw new InterruptedResyncException("a change was noted after the last look");
    }
    told = true;
    while (member.view().sameTerm(view)) {
      if (stopped) {
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
    } catch (IOException e) {
      LOG.info("{}: management does not know yet: {}", view.text(), e.getMessage());
    }
  }

  /// A term that ended has done that already.
  private void forwardNothing() {
    try {
      boolean _ = replica.forward(Forwarding.OFF, Resync::nobody);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Of modes in which no run can be broken.
  private static void nobody() {}

  // --- of a secondary
  // -----------------------------------------------------------------------------

  /// The primary begins a resync of this member: what this one was ordered to do as a primary is
  /// not wanted any more.
  public void begun() {
    locked(() -> {
      standing.forget();
      begunDurability = store.durability();
    });
  }

  /// Whether nothing of what was copied here since [#begun] may be lost.
  public boolean isSound() {
    gate.lock();
    try {
      return begunDurability != 0 && begunDurability == store.durability();
    } finally {
      gate.unlock();
    }
  }
}
