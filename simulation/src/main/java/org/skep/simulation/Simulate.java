package org.skep.simulation;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.skep.simulation.cluster.Flaw;

/// The command line of the simulation.
public final class Simulate {
  private static final String USAGE =
      """
      Usage: ./simulate [--workload NAME]... [--seed FIRST] [--seeds COUNT] [--verbose]

      Runs the real servers and the real client in a simulated world, and checks that they do right.

        --workload NAME  one of: WORKLOADS (may be repeated; all of them if not given)
        --seed FIRST     the first seed (1)
        --seeds COUNT    how many seeds, one after the other (1)
        --keep-going     go on after a failure
        --verbose        print everything that happens
        --help           this text
      """;

  private final PrintStream out;
  private final List<Workloads> workloads = new ArrayList<>();
  private long firstSeed = 1;
  private long seedCount = 1;
  private boolean verbose;
  private boolean keepGoing;

  private Simulate(PrintStream out) {
    this.out = out;
  }

  @SuppressWarnings("SystemOut") // a command line
  public static void main(String[] arguments) {
    System.exit(new Simulate(System.out).run(arguments));
  }

  private int run(String[] arguments) {
    try {
      if (!parse(arguments)) {
        out.print(usage());
        return 0;
      }
    } catch (IllegalArgumentException e) {
      out.println("simulate: " + e.getMessage());
      out.print(usage());
      return 64;
    }
    int failures = 0;
    for (Workloads workload : workloads) {
      for (long seed = firstSeed; seed < firstSeed + seedCount; seed++) {
        failures += runs(workload, seed) ? 0 : 1;
        if (failures > 0 && !keepGoing) {
          return 1;
        }
      }
    }
    return failures == 0 ? 0 : 1;
  }

  private boolean runs(Workloads workload, long seed) {
    Consumer<String> printing = out::println;
    @Nullable Consumer<String> events = verbose ? printing : null;
    try {
      Simulation.Outcome outcome = Simulation.run(workload, seed, Flaw.NONE, events);
      out.printf(
          Locale.ROOT,
          "%s seed %d: ok, %.1f simulated s, %d steps, trace %016x%n",
          workload.label(),
          seed,
          outcome.simulatedNanos() / 1e9,
          outcome.steps(),
          outcome.traceHash());
      return true;
    } catch (AssertionError e) {
      out.println("FAILED: " + e.getMessage());
      if (verbose) {
        e.printStackTrace(out);
      }
      return false;
    }
  }

  private static String usage() {
    List<String> labels = new ArrayList<>();
    for (Workloads workload : Workloads.values()) {
      labels.add(workload.label());
    }
    return USAGE.replace("WORKLOADS", String.join(", ", labels));
  }

  /// @return false if help is asked for
  private boolean parse(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      String option = arguments[i];
      switch (option) {
        case "--help" -> {
          return false;
        }
        case "--verbose" -> verbose = true;
        case "--keep-going" -> keepGoing = true;
        case "--workload" -> workloads.add(workload(value(arguments, ++i)));
        case "--seed" -> firstSeed = number(option, value(arguments, ++i));
        case "--seeds" -> seedCount = number(option, value(arguments, ++i));
        default -> throw new IllegalArgumentException("unknown option " + option);
      }
    }
    if (workloads.isEmpty()) {
      workloads.addAll(List.of(Workloads.values()));
    }
    return true;
  }

  private static String value(String[] arguments, int at) {
    if (at == arguments.length) {
      throw new IllegalArgumentException(arguments[at - 1] + " needs a value");
    }
    return arguments[at];
  }

  private static Workloads workload(String label) {
    for (Workloads workload : Workloads.values()) {
      if (workload.label().equals(label)) {
        return workload;
      }
    }
    throw new IllegalArgumentException("unknown workload " + label);
  }

  private static long number(String option, String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(option + " needs a number, not " + value, e);
    }
  }
}
