package org.skep.metadata.resync;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Consistency;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.resync.HandOver;
import org.skep.mirror.resync.ResyncLoop;
import org.skep.mirror.resync.ResyncManagement;
import org.skep.mirror.resync.RunReport;
import org.skep.mirror.resync.RunReport.State;
import org.skep.runtime.port.Ports;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.Empty;
import org.skep.wire.message.ShardResyncStatsReply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the secondary of one member's shard up to date, whenever this member is a primary that is
/// alone and the secondary (Needs-resync) is Online: the [ResyncLoop] says when.
///
/// From the moment when management is told that the secondary has all, changes wait for it until a
/// map, or management's refusal, says otherwise.
///
/// [#start] and [#stop] are called once; the rest by any thread.
public final class ResyncJob {
  private static final Logger LOG = LoggerFactory.getLogger(ResyncJob.class);
  private static final long ABORT_NANOS = 30_000_000_000L;
  private static final long STOP_NANOS = 2_000_000_000L;
  private static final long WAIT_NANOS = 100_000_000L;

  private final Ports ports;
  private final GroupMember member;
  private final Supplier<@Nullable Leader> leader;
  private final ResyncManagement management;
  private final HandOver handOver;
  private final ResyncLoop loop;
  private final ReentrantLock lock = new ReentrantLock();
  // all guarded by lock
  private boolean everything;
  private @Nullable ResyncRun running;
  private RunReport report = RunReport.NONE;
  private Counters counters = new Counters();

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
    loop = new ResyncLoop("shard-resync", ports, member, new Work());
    handOver = new HandOver(member, management, loop::isStopped);
  }

  public void start() {
    loop.start();
  }

  /// Ends a run that is going on. Before the member is stopped.
  public void stop() {
    loop.stop();
    broken("the server stops");
    loop.awaitRun(STOP_NANOS, () -> true);
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

  /// The secondary refused something for good: ends a run that is going on.
  public void broken(String reason) {
    lock.lock();
    try {
      if (running != null) {
        running.cancel(reason);
      }
    } finally {
      lock.unlock();
    }
  }

  /// The answer to SHARD_RESYNC_STATS: of the run that is going on, or else of the last one.
  public ShardResyncStatsReply stats() {
    lock.lock();
    try {
      RunReport now = report.in(member.view());
      ShardResyncStatsReply.Builder reply =
          ShardResyncStatsReply.newBuilder()
              .setState(ShardResyncStatsReply.State.valueOf(now.state().name()))
              .setReason(now.reason())
              .setStartEpochSeconds(now.startEpochSeconds())
              .setEndEpochSeconds(now.endEpochSeconds())
              .setGroupId(now.group())
              .setPrimary(now.primary())
              .setSecondary(now.secondary());
      counters.fill(reply, now.isRunning(), now.elapsedNanos(ports.clock()));
      return reply.build();
    } finally {
      lock.unlock();
    }
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
    lock.lock();
    try {
      if (running != null) {
        if (!restart) {
          return refused(Errno.EBUSY, "a resync of " + member.view().text() + " is running");
        }
        running.cancel("an administrator starts it anew");
        aborted = true;
      }
    } finally {
      lock.unlock();
    }
    if (aborted) {
      loop.awaitRun(ABORT_NANOS, () -> true);
    }
    GroupView view = member.view();
    Target buddy = view.buddy();
    if (view.group() == null || buddy == null) {
      return refused(Errno.ENOENT, view.text() + " has no secondary");
    }
    boolean demanded = buddy.consistency() != Consistency.NEEDS_RESYNC;
    lock.lock();
    try {
      everything |= demanded;
    } finally {
      lock.unlock();
    }
    Failure failure = demanded ? demand(view, buddy) : null;
    if (failure != null) {
      lock.lock();
      try {
        everything = false;
      } finally {
        lock.unlock();
      }
    }
    loop.wake();
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

  // --- the thread --------------------------------------------------------------------------------

  private final class Work implements ResyncLoop.Work {
    @Override
    public long pauseNanos(GroupView view) {
      if (!isSoon(view)) {
        return ResyncLoop.RETRY_MAX_NANOS;
      }
      return leader.get() != null && member.alone() ? 0 : WAIT_NANOS;
    }

    @Override
    public boolean run(GroupView view) {
      Leader now = leader.get();
      ResyncRun run = now == null ? null : begin(view, now);
      return run != null && finish(view, run);
    }
  }

  /// Whether it will be needed as soon as the member serves.
  private static boolean isSoon(GroupView view) {
    return view.role() == GroupView.Role.PRIMARY_ALONE && ResyncLoop.isBehind(view);
  }

  private @Nullable ResyncRun begin(GroupView view, Leader now) {
    lock.lock();
    try {
      if (loop.isStopped()) {
        return null;
      }
      counters = new Counters();
      ResyncRun run = new ResyncRun(member, view, now, everything, counters);
      running = run;
      report = RunReport.of(ports.clock(), view);
      return run;
    } finally {
      lock.unlock();
    }
  }

  /// @return whether management knows that the secondary has all
  private boolean finish(GroupView view, ResyncRun run) {
    handOver.begin();
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
      run.counters().failed();
      reason = String.valueOf(e.getMessage());
    } finally {
      if (state != State.COMPLETED && !handOver.isOpen()) {
        run.giveUp();
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
        everything = false;
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

  /// The secondary has all, and gets all.
  private void handOver(GroupView view, ResyncRun run) throws IOException, InterruptedException {
    run.check();
    String refused = handOver.run(view);
    if (refused != null) {
      throw new InterruptedResyncException(refused);
    }
  }
}
