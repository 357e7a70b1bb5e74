package org.skep.simulation.world;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Runs virtual threads one at a time on the calling thread. Which runnable one goes next is drawn
/// from the seed; when none can run, time jumps to the next timer. The same seed gives the same
/// order, and so the same [#traceHash].
///
/// A monitor must not be held while a thread parks. Where it happens the run fails with the place;
/// locks of `java.util.concurrent` have no such trap. A monitor that the JVM's own threads hold
/// (the cleaner of direct buffers has one) is waited for in real time within the step, so that it
/// leaves no trace.
///
/// Not thread-safe: everything happens on the thread that calls [#runUntil].
public final class Scheduler {
  /// What a step costs at the most, so that time moves while threads are busy.
  private static final int STEP_NANOS_MAX = 20_000;

  /// In real time: how long the JVM's threads may hold a monitor.
  private static final long FOREIGN_MONITOR_NANOS = 20_000_000_000L;

  private final SplittableRandom random;
  private final long foreignMonitorNanos;
  private final List<Step> runnable = new ArrayList<>();

  /// Of processes that stand still.
  private final List<Step> held = new ArrayList<>();

  /// What goes on with the step that met a monitor; given by whichever thread lets the monitor go.
  private final AtomicReference<@Nullable Runnable> unblocked = new AtomicReference<>();

  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private long nowNanos;
  private long timerCount;
  private long stepCount;
  private long traceHash = 0xcbf29ce484222325L;
  private @Nullable Throwable failure;
  private long threadCount;
  private @Nullable SimulatedProcess running;

  private record Step(
      SimulatedProcess owner,
      long threadNumber,
      AtomicReference<Thread> thread,
      Runnable continuation) {}

  private record Timer(long atNanos, long order, Runnable action) implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      return atNanos != other.atNanos
          ? Long.compare(atNanos, other.atNanos)
          : Long.compare(order, other.order);
    }
  }

  public Scheduler(long seed) {
    this(seed, FOREIGN_MONITOR_NANOS);
  }

  /// @param foreignMonitorNanos how long, in real time, a monitor may be held by the JVM's threads
  Scheduler(long seed, long foreignMonitorNanos) {
    this.foreignMonitorNanos = foreignMonitorNanos;
    this.random = new SplittableRandom(seed);
  }

  /// The simulated nanoseconds since the start of the world.
  public long nowNanos() {
    return nowNanos;
  }

  /// Chance for the world itself: delays, faults, placements.
  public SplittableRandom random() {
    return random;
  }

  public long stepCount() {
    return stepCount;
  }

  /// Whose thread runs now; null while the world itself acts.
  public @Nullable SimulatedProcess running() {
    return running;
  }

  /// A hash over all that was scheduled so far; equal for equal runs.
  public long traceHash() {
    return traceHash;
  }

  /// Mixes something that happened into the trace.
  public void trace(long event) {
    traceHash = (traceHash ^ event) * 0x100000001b3L;
    traceHash ^= traceHash >>> 29;
  }

  /// Makes the run fail; the first failure counts.
  public void fail(Throwable cause) {
    if (failure == null) {
      failure = cause;
    } else if (!failure.equals(cause)) {
      failure.addSuppressed(cause);
    }
  }

  /// Calls `action` on the scheduler's thread after that long; it must not block.
  public void after(long nanos, Runnable action) {
    timers.add(new Timer(nowNanos + Math.max(0, nanos), timerCount++, action));
  }

  /// Starts a virtual thread of a process. When the process is dead, its threads never run again.
  Thread start(SimulatedProcess owner, String name, Runnable body) {
    long number = threadCount++;
    AtomicReference<Thread> self = new AtomicReference<>();
    Executor executor =
        continuation -> {
          if (VirtualThreads.isUnblocked(self.get())) {
            unblocked.set(continuation);
          } else {
            runnable.add(new Step(owner, number, self, continuation));
          }
        };
    Runnable guarded =
        () -> {
          try {
            body.run();
          } catch (Throwable t) {
            if (owner.alive()) {
              fail(new AssertionError("thread " + name + " of " + owner.name() + " died", t));
            }
          }
        };
    Thread thread = VirtualThreads.make(executor, name, guarded);
    self.set(thread);
    thread.start();
    return thread;
  }

  /// Runs until the condition holds, which is asked after every step.
  ///
  /// @throws AssertionError if a thread failed, the simulated time `limitNanos` from now has
  ///   passed, or nobody can ever run again
  public void runUntil(BooleanSupplier condition, long limitNanos, String what) {
    long end = nowNanos + limitNanos;
    while (!condition.getAsBoolean()) {
      if (nowNanos > end) {
        throw new AssertionError(
            "still waiting for "
                + what
                + " after "
                + limitNanos / 1_000_000
                + " ms of simulated time");
      }
      if (!step() && failure == null) {
        throw new AssertionError("all threads wait for ever; wanted: " + what);
      }
      if (failure != null) {
        throw new AssertionError(
            "failed while waiting for " + what + ": " + failure.getMessage(), failure);
      }
    }
  }

  /// The process does not stand still any more.
  void goOn(SimulatedProcess process) {
    held.stream().filter(step -> step.owner.equals(process)).forEach(runnable::add);
    held.removeIf(step -> step.owner.equals(process));
  }

  private boolean step() {
    Step next = pick();
    if (next == null && timers.isEmpty()) {
      return false;
    }
    if (next == null || (!timers.isEmpty() && timers.element().atNanos <= nowNanos)) {
      Timer timer = timers.remove();
      if (next != null) {
        runnable.add(next);
      }
      nowNanos = Math.max(nowNanos, timer.atNanos);
      timer.action.run();
      return true;
    }
    if (next.owner.isPaused()) {
      held.add(next);
      return true;
    }
    stepCount++;
    if (next.owner.alive()) {
      nowNanos += random.nextInt(STEP_NANOS_MAX);
      trace(next.threadNumber << 40 ^ nowNanos);
      running = next.owner;
      next.continuation.run();
      finishBlocked(next);
      running = null;
    }
    return true;
  }

  /// Lets a thread that met a monitor go on within its step, as if it had met none.
  private void finishBlocked(Step step) {
    Thread thread = step.thread.get();
    long end = 0;
    while (thread != null) {
      Runnable continuation = unblocked.getAndSet(null);
      if (continuation != null) {
        continuation.run();
        end = 0;
      } else if (!VirtualThreads.isBlocked(thread)) {
        return;
      } else if (end == 0) {
        end = System.nanoTime() + foreignMonitorNanos;
      } else if (System.nanoTime() > end) {
        fail(monitorHeld(thread));
        return;
      } else {
        Thread.onSpinWait();
      }
    }
  }

  private static AssertionError monitorHeld(Thread thread) {
    return new AssertionError(
        "thread "
            + thread.getName()
            + " waits for a monitor whose holder is parked; use a ReentrantLock at "
            + List.of(thread.getStackTrace()));
  }

  private @Nullable Step pick() {
    if (runnable.isEmpty()) {
      return null;
    }
    int index = runnable.size() == 1 ? 0 : random.nextInt(runnable.size());
    Step picked = runnable.get(index);
    Step last = runnable.removeLast();
    if (index < runnable.size()) {
      runnable.set(index, last);
    }
    return picked;
  }

  /// Parks the calling simulated thread for at most that long.
  void park(Object blocker, long nanos) {
    if (nanos <= 0) {
      return;
    }
    Thread thread = Thread.currentThread();
    after(nanos, () -> LockSupport.unpark(thread));
    LockSupport.park(blocker);
  }

  /// Virtual threads with a scheduler of one's own: `java.lang.ThreadBuilders.newVirtualThread`,
  /// which the JDK keeps for itself (`--add-opens java.base/java.lang=ALL-UNNAMED`).
  private static final class VirtualThreads {
    private static final Constructor<?> CONSTRUCTOR = constructor();
    private static final Field STATE = field("state");
    private static final int BLOCKED = constant("BLOCKED");
    private static final int UNBLOCKED = constant("UNBLOCKED");

    /// Whether the thread comes back from waiting for a monitor, at the moment of its return.
    static boolean isUnblocked(@Nullable Thread thread) {
      return thread != null && state(thread) == UNBLOCKED;
    }

    /// Whether the thread waits for a monitor, or has it and has not been given back yet.
    static boolean isBlocked(Thread thread) {
      int state = state(thread);
      return state == BLOCKED || state == UNBLOCKED;
    }

    private static int state(Thread thread) {
      try {
        return STATE.getInt(thread);
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e);
      }
    }

    private static int constant(String name) {
      try {
        return field(name).getInt(null);
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e);
      }
    }

    private static Field field(String name) {
      try {
        Field found = Class.forName("java.lang.VirtualThread").getDeclaredField(name);
        found.setAccessible(true);
        return found;
      } catch (ReflectiveOperationException | RuntimeException e) {
        throw new IllegalStateException(
            "the simulation needs a JDK 25: no VirtualThread." + name, e);
      }
    }

    private static Constructor<?> constructor() {
      try {
        Constructor<?> found =
            Class.forName("java.lang.VirtualThread")
                .getDeclaredConstructor(Executor.class, String.class, int.class, Runnable.class);
        found.setAccessible(true);
        return found;
      } catch (ReflectiveOperationException | RuntimeException e) {
        throw new IllegalStateException(
            "the simulation needs a JDK 25 and --add-opens java.base/java.lang=ALL-UNNAMED", e);
      }
    }

    static Thread make(Executor executor, String name, Runnable body) {
      try {
        return (Thread) CONSTRUCTOR.newInstance(executor, name, 0, body);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
