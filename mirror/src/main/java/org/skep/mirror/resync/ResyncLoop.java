package org.skep.mirror.resync;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Consistency;
import org.skep.cluster.Target;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread of a member that makes the runs of its resync, one after the other, whenever one is
/// due. A run that fails is tried again after 1 s, then 2 s, up to 30 s, and at once when the map
/// says something new.
///
/// [#start] and [#stop] are called once; the rest by any thread.
public final class ResyncLoop {
  private static final Logger LOG = LoggerFactory.getLogger(ResyncLoop.class);
  private static final long RETRY_MIN_NANOS = 1_000_000_000L;

  /// The longest wait: a term may begin to serve without another view.
  public static final long RETRY_MAX_NANOS = 30_000_000_000L;

  private static final long LOOK_NANOS = 100_000_000L;

  private final String name;
  private final Ports ports;
  private final GroupMember member;
  private final Work work;
  private final Gate gate;
  // all guarded by gate; one of them is looked at without it, too
  private volatile boolean stopped;
  private @Nullable Thread thread;
  private boolean waiting;
  private boolean woken;
  private boolean running;

  /// What is done. Called by the loop's thread.
  public interface Work {

    /// @return 0: a run is due; else how long to wait for another view at most
    long pauseNanos(GroupView view);

    /// One run, to its end.
    ///
    /// @return whether management knows that the secondary has everything
    boolean run(GroupView view);
  }

  /// @param name of the thread
  public ResyncLoop(String name, Ports ports, GroupMember member, Work work) {
    this.name = name;
    this.ports = ports;
    this.member = member;
    this.work = work;
    gate = new Gate(ports.clock());
  }

  /// Whether the secondary is one to bring up to date by this member, if it serves.
  public static boolean isBehind(GroupView view) {
    Target buddy = view.buddy();
    return buddy != null && buddy.consistency() == Consistency.NEEDS_RESYNC && view.buddyOnline();
  }

  public void start() {
    gate.lock();
    try {
      thread = ports.threads().start(name, this::follow);
    } finally {
      gate.unlock();
    }
  }

  /// No run begins any more; one that is going on has to be ended by the caller.
  public void stop() {
    gate.lock();
    try {
      stopped = true;
    } finally {
      gate.unlock();
    }
    wake();
  }

  public boolean isStopped() {
    return stopped;
  }

  /// Ends the thread's waiting for something to do; a run is not disturbed.
  public void wake() {
    gate.lock();
    try {
      woken = true;
      if (waiting && thread != null) {
        thread.interrupt();
      }
    } finally {
      gate.unlock();
    }
  }

  /// Waits for the end of a run that is going on.
  ///
  /// @param wants whether to wait on; looked at several times a second
  public void awaitRun(long nanos, BooleanSupplier wants) {
    long end = ports.clock().nanoTime() + nanos;
    boolean interrupted = false;
    gate.lock();
    try {
      for (long rest = nanos;
          running && rest > 0 && wants.getAsBoolean();
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

  private void follow() {
    long retryNanos = RETRY_MIN_NANOS;
    GroupView failed = GroupView.NOTHING;
    while (!stopped) {
      GroupView view = member.view();
      long pauseNanos = work.pauseNanos(view);
      if (pauseNanos > 0) {
        await(view, pauseNanos);
        continue;
      }
      retryNanos =
          failed.equals(view) ? Math.min(2 * retryNanos, RETRY_MAX_NANOS) : RETRY_MIN_NANOS;
      if (run(view)) {
        await(view, RETRY_MAX_NANOS);
      } else {
        failed = view;
        await(view, retryNanos);
      }
    }
  }

  private boolean run(GroupView view) {
    gate.lock();
    try {
      if (stopped) {
        return false;
      }
      running = true;
    } finally {
      gate.unlock();
    }
    try {
      return work.run(view);
    } finally {
      gate.lock();
      try {
        running = false;
        gate.signalAll();
      } finally {
        gate.unlock();
      }
    }
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
}
