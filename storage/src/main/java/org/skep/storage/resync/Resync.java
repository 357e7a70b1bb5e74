package org.skep.storage.resync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Consistency;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.range.Forwarding;
import org.skep.mirror.range.RangeReplica;
import org.skep.mirror.resync.HandOver;
import org.skep.mirror.resync.ResyncLoop;
import org.skep.mirror.resync.ResyncManagement;
import org.skep.mirror.resync.RunReport;
import org.skep.mirror.resync.RunReport.State;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.Memory;
import org.skep.runtime.port.Ports;
import org.skep.storage.chunk.ChunkStore;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.Empty;
import org.skep.wire.message.ResyncStatsReply;
import org.skep.wire.message.StartResyncRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the secondary of one member's group up to date, whenever this member is a primary that is
/// alone and the secondary (Needs-resync) is Online: the [ResyncLoop] says when.
///
/// From the moment when management is told that all is equal, changes are answered only when both
/// have them ([Forwarding#REQUIRED]), until a map, or management's refusal, says otherwise.
///
/// [#start] and [#stop] are called once; the rest by any thread.
public final class Resync {
  private static final Logger LOG = LoggerFactory.getLogger(Resync.class);
  private static final int WORKERS = 4;
  private static final long ABORT_NANOS = 30_000_000_000L;
  private static final long STOP_NANOS = 2_000_000_000L;

  private final Ports ports;
  private final RangeReplica replica;
  private final GroupMember member;
  private final ChunkStore store;
  private final ResyncManagement management;
  private final HandOver handOver;
  private final ResyncLoop loop;
  private final Pace pace;
  private final List<ByteBuffer> memory = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  // all guarded by lock
  private final StandingOrder standing;
  private @Nullable ResyncRun running;
  private RunReport report = RunReport.NONE;
  private Counters counters = new Counters();
  // Of this member as a secondary: its disk's when the primary began a resync; 0: it did not.
  private long begunDurability;

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
      ResyncManagement management,
      long bytesPerSecond) {
    this.ports = ports;
    this.replica = replica;
    this.member = replica.member();
    this.store = store;
    this.management = management;
    standing = StandingOrder.open(disk);
    pace = new Pace(ports.clock(), bytesPerSecond);
    loop = new ResyncLoop("resync", ports, member, new Work());
    handOver = new HandOver(member, management, loop::isStopped);
  }

  public void start() {
    loop.start();
  }

  private void locked(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  /// Ends a run that is going on. Before the member is stopped.
  public void stop() {
    loop.stop();
    boolean _ = cancel("the server stops");
    loop.awaitRun(STOP_NANOS, () -> true);
  }

  /// @return whether a run is going on, which ends soon
  private boolean cancel(String reason) {
    lock.lock();
    try {
      if (running == null) {
        return false;
      }
      running.cancel(reason);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Whether a run is going on.
  public boolean isRunning() {
    lock.lock();
    try {
      return running != null;
    } finally {
      lock.unlock();
    }
  }

  /// The answer to RESYNC_STATS: of the run that is going on, or else of the last one.
  public ResyncStatsReply stats() {
    lock.lock();
    try {
      RunReport now = report.in(member.view());
      ResyncStatsReply.Builder reply =
          ResyncStatsReply.newBuilder()
              .setState(ResyncStatsReply.State.valueOf(now.state().name()))
              .setReason(now.reason())
              .setStartEpochSeconds(now.startEpochSeconds())
              .setEndEpochSeconds(now.endEpochSeconds())
              .setGroupId(now.group())
              .setPrimary(now.primary())
              .setSecondary(now.secondary());
      counters.fill(reply, now.elapsedNanos(ports.clock()));
      return reply.build();
    } finally {
      lock.unlock();
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
    lock.lock();
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
      lock.unlock();
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
    if (!done) {
      locked(() -> standing.takeBack(ordered, before));
    }
    loop.wake();
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
    boolean aborted = cancel("an administrator starts it anew");
    if (aborted) {
      loop.awaitRun(ABORT_NANOS, member::alone);
    }
    return aborted;
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

  // --- the thread --------------------------------------------------------------------------------

  private final class Work implements ResyncLoop.Work {
    @Override
    public long pauseNanos(GroupView view) {
      locked(() -> standing.settle(view));
      return ResyncLoop.isBehind(view) && member.alone() ? 0 : ResyncLoop.RETRY_MAX_NANOS;
    }

    @Override
    public boolean run(GroupView view) {
      ResyncRun run = begin(view);
      return run != null && finish(view, run);
    }
  }

  private @Nullable ResyncRun begin(GroupView view) {
    lock.lock();
    try {
      if (loop.isStopped()) {
        return null;
      }
      counters = new Counters();
      ResyncRun run = new ResyncRun(ports, replica, view, store, standing.of(view), pace, counters);
      running = run;
      report = RunReport.of(ports.clock(), view);
      return run;
    } finally {
      lock.unlock();
    }
  }

  /// @return whether management knows that all is equal
  private boolean finish(GroupView view, ResyncRun run) {
    handOver.begin();
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
      String error = run.counters().firstError();
      if (error == null) {
        handOver(view, run);
        state = State.COMPLETED;
      } else {
        state = State.COMPLETED_WITH_ERRORS;
        reason = run.counters().errors() + " errors, the first: " + error;
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
      if (state != State.COMPLETED && !handOver.isOpen()) {
        forwardNothing();
      }
      end(view, run, state, reason);
    }
    return state == State.COMPLETED;
  }

  private void end(GroupView view, ResyncRun run, State state, String reason) {
    lock.lock();
    try {
      report = report.over(ports.clock(), state, reason);
      if (state == State.COMPLETED) {
        standing.forget();
      }
      if (running == run) {
        running = null;
      }
    } finally {
      lock.unlock();
    }
    if (state == State.COMPLETED) {
      LOG.info("{}: resync is complete sentBytes={}", view.text(), run.counters().sentBytes());
    } else {
      LOG.warn("{}: resync: {}: {}", view.text(), state, reason);
    }
  }

  /// Both members are equal, and stay so.
  private void handOver(GroupView view, ResyncRun run)
      throws IOException, InterruptedResyncException, InterruptedException {
    if (!replica.forward(Forwarding.REQUIRED, Resync::nobody)) {
      throw new InterruptedResyncException(
          "this member is not alone any more, or the secondary did not take a change");
    }
    // What was not taken until now has been noted, and the run knows it.
    run.check();
    replica.logs().changes().forgetEverything();
    if (!replica.logs().changes().isEmpty()) {
      throw new InterruptedResyncException("a change was noted after the last look");
    }
    String refused = handOver.run(view);
    if (refused != null) {
      throw new InterruptedResyncException(refused);
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
    lock.lock();
    try {
      return begunDurability != 0 && begunDurability == store.durability();
    } finally {
      lock.unlock();
    }
  }
}
