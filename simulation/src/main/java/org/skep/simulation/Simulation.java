package org.skep.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.skep.simulation.check.Remains;
import org.skep.simulation.cluster.Flaw;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.fault.Troubles;
import org.skep.simulation.log.EventLog;
import org.skep.simulation.workload.Plan;
import org.skep.simulation.workload.Scene;
import org.skep.simulation.workload.Workload;
import org.skep.simulation.world.Scheduler;
import org.skep.simulation.world.SimulatedProcess;

/// One run: a workload on a cluster in trouble, from one seed.
public final class Simulation {
  private static final long SECOND = 1_000_000_000L;
  private static final long PHASE_NANOS = 1800 * SECOND;

  private final Workloads workload;
  private final long seed;
  private final Scheduler scheduler;
  private final EventLog log;
  private final Flaw flaw;

  /// What a run was.
  ///
  /// @param traceHash equal for equal runs
  public record Outcome(long traceHash, long steps, long simulatedNanos) {}

  private Simulation(Workloads workload, long seed, Flaw flaw, @Nullable Consumer<String> events) {
    this.workload = workload;
    this.seed = seed;
    this.flaw = flaw;
    scheduler = new Scheduler(seed);
    log = new EventLog(scheduler, events);
  }

  /// Runs on the calling thread; one run at a time in a JVM.
  ///
  /// @param events gets the log of events as they happen; null: nobody does
  /// @throws AssertionError what is wrong, with the command that repeats it and the last events
  public static Outcome run(
      Workloads workload, long seed, Flaw flaw, @Nullable Consumer<String> events) {
    Simulation simulation = new Simulation(workload, seed, flaw, events);
    EventLog.setCurrent(simulation.log);
    try {
      return simulation.run();
    } catch (AssertionError | RuntimeException e) {
      throw simulation.report(e);
    } finally {
      EventLog.setCurrent(null);
    }
  }

  private AssertionError report(Throwable cause) {
    StringBuilder text = new StringBuilder();
    text.append("workload ").append(workload.label()).append(", seed ").append(seed);
    text.append(", after ").append(scheduler.nowNanos() / 1_000_000).append(" simulated ms: ");
    text.append(cause.getMessage());
    text.append("\nrepeat it: ").append(command());
    text.append("\nthe last events:");
    log.last().forEach(event -> text.append("\n  ").append(event));
    return new AssertionError(text.toString(), cause);
  }

  /// The command that repeats this run exactly, with all events.
  private String command() {
    return "./simulate --workload " + workload.label() + " --seed " + seed + " --verbose";
  }

  private Outcome run() {
    Workload played = workload.create();
    Plan plan = played.plan(new SplittableRandom(seed * 0x9E3779B97F4A7C15L + 1));
    SimulatedCluster cluster = new SimulatedCluster(scheduler, log, plan.shape(), flaw);
    cluster.start();
    SimulatedProcess director =
        new SimulatedProcess(scheduler, cluster.network(), "director", "director", 1.0);
    Scene scene = new Scene(cluster, director);
    phase(director, "set-up", () -> played.setUp(scene));
    Troubles troubles = new Troubles(cluster, plan.faults(), plan.wires());
    troubles.begin(plan.troubleNanos());
    phase(director, "run", () -> played.run(scene));
    troubles.end();
    cluster.awaitServing();
    phase(director, "check", () -> played.check(scene));
    phase(director, "end", () -> Remains.endClients(scene));
    Remains remains = new Remains(cluster);
    phase(director, "quiet", () -> remains.awaitQuiet(scene));
    phase(director, "sweep", () -> remains.sweep(scene));
    try {
      remains.check();
      played.checkRemains(cluster);
    } catch (Exception e) {
      throw new AssertionError("checking what remains: " + e.getMessage(), e);
    }
    cluster.killAll();
    return new Outcome(scheduler.traceHash(), scheduler.stepCount(), scheduler.nowNanos());
  }

  private interface Phase {
    void run() throws Exception;
  }

  private void phase(SimulatedProcess director, String name, Phase body) {
    log.event("-- " + name);
    AtomicBoolean done = new AtomicBoolean();
    List<Throwable> failures = new ArrayList<>();
    Thread _ =
        director.start(
            name,
            () -> {
              try {
                body.run();
              } catch (Exception | AssertionError e) {
                failures.add(e);
              }
              done.set(true);
            });
    scheduler.runUntil(done::get, PHASE_NANOS, "the end of phase " + name);
    if (!failures.isEmpty()) {
      Throwable failure = failures.getFirst();
      throw new AssertionError(name + ": " + failure.getMessage(), failure);
    }
  }
}
