package org.skep.simulation.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.simulation.cluster.Shape;
import org.skep.simulation.fault.Crash;
import org.skep.simulation.fault.Fault;
import org.skep.simulation.fault.Partition;
import org.skep.simulation.fault.SlowDisk;

/// Several clients change one small tree at the same time ([Rounds]).
///
/// Servers are killed meanwhile and wires are bad; nobody may notice. Hosts keep their power: what
/// was not synced is not promised to survive that.
public final class NamespaceWorkload implements Workload {
  private static final int ROUNDS = 15;
  private static final int CLIENTS = 3;
  private static final int SHARDS = 3;
  private static final long SECOND = 1_000_000_000L;
  private @Nullable Rounds rounds;

  @Override
  public Plan plan(SplittableRandom random) {
    List<Fault> faults = new ArrayList<>();
    if (random.nextInt(4) > 0) {
      long pause = 20_000_000L << random.nextInt(5);
      faults.add(new Crash(Set.of(NodeKind.values()), 0, 3 * pause, pause));
    }
    if (random.nextInt(3) == 0) {
      faults.add(new Partition(2 * SECOND, SECOND / 10));
    }
    if (random.nextInt(4) == 0) {
      faults.add(new SlowDisk(10_000_000, SECOND, SECOND / 10));
    }
    return new Plan(
        new Shape(SHARDS, 1, CLIENTS, random.nextInt(4) == 0),
        Wires.of(random),
        faults,
        8 * SECOND);
  }

  @Override
  public void setUp(Scene scene) throws Exception {
    rounds = new Rounds(scene, CLIENTS, List.of(0, 1, 2, 3), 0);
  }

  private Rounds rounds() {
    Rounds made = rounds;
    if (made == null) {
      throw new IllegalStateException("not set up");
    }
    return made;
  }

  @Override
  public void run(Scene scene) throws Exception {
    rounds().run(scene, ROUNDS);
  }

  @Override
  public void check(Scene scene) throws Exception {
    rounds().check(scene);
  }
}
