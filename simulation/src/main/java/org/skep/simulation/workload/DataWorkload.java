package org.skep.simulation.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.skep.cluster.NodeKind;
import org.skep.simulation.cluster.Shape;
import org.skep.simulation.cluster.StorageHost;
import org.skep.simulation.fault.Crash;
import org.skep.simulation.fault.Fault;
import org.skep.simulation.fault.Partition;
import org.skep.simulation.fault.SlowDisk;

/// Clients write, append, truncate, punch, sync and read striped files, and every byte is compared
/// with a model; when all are closed, each client reads the files of the others.
///
/// Processes are killed, and in every other run storage hosts lose their power: then what a fsync
/// has reported as durable is there, or the fsync has failed.
public final class DataWorkload implements Workload {
  private static final int CLIENTS = 3;
  private static final int FILES_EACH = 2;
  private static final int GENERATIONS = 3;
  private static final int STEPS = 25;
  private static final long SECOND = 1_000_000_000L;

  private final List<OwnedFile> all = new ArrayList<>();

  @Override
  public Plan plan(SplittableRandom random) {
    List<Fault> faults = new ArrayList<>();
    long pause = 20_000_000L << random.nextInt(5);
    switch (random.nextInt(4)) {
      case 0 -> {}
      case 1 -> faults.add(new Crash(Set.of(NodeKind.values()), 0, 3 * pause, pause));
      default -> {
        faults.add(new Crash(Set.of(NodeKind.STORAGE), 50, 3 * pause, 2 * pause));
        faults.add(new Crash(Set.of(NodeKind.METADATA), 0, 3 * pause, 4 * pause));
      }
    }
    if (random.nextInt(3) == 0) {
      faults.add(new Partition(SECOND, SECOND / 10));
    }
    if (random.nextInt(4) == 0) {
      faults.add(new SlowDisk(5_000_000, SECOND, SECOND / 10));
    }
    return new Plan(
        new Shape(2, 2 + random.nextInt(3), CLIENTS, false), Wires.of(random), faults, 8 * SECOND);
  }

  @Override
  public void setUp(Scene scene) throws Exception {
    for (int i = 0; i < CLIENTS * FILES_EACH; i++) {
      OwnedFile file =
          new OwnedFile(
              () -> scene.cluster().storage().stream().mapToLong(StorageHost::powerCuts).sum(),
              scene::note);
      file.create(scene.files(0), scene.files(0).root(), "file" + i);
      file.close();
      all.add(file);
    }
  }

  @Override
  public void run(Scene scene) throws Exception {
    for (int generation = 0; generation < GENERATIONS; generation++) {
      List<Actor> actors = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        List<OwnedFile> owned = owned(i + generation);
        SplittableRandom random = scene.random().split();
        actors.add(
            new Actor(
                i,
                files -> {
                  for (OwnedFile file : owned) {
                    file.open(files);
                  }
                  for (int step = 0; step < STEPS; step++) {
                    owned.get(random.nextInt(owned.size())).step(files, random);
                  }
                  for (OwnedFile file : owned) {
                    if (random.nextBoolean()) {
                      file.sync(true);
                    }
                    file.close();
                  }
                }));
      }
      scene.together(actors);
      scene.note("generation " + generation + " is written");
      readAll(scene);
    }
  }

  /// The files of a client, in turn.
  private List<OwnedFile> owned(int turn) {
    int first = turn % CLIENTS * FILES_EACH;
    return all.subList(first, first + FILES_EACH);
  }

  private void readAll(Scene scene) throws InterruptedException {
    List<Actor> readers = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      readers.add(
          new Actor(
              i,
              files -> {
                for (OwnedFile file : all) {
                  file.verify(files);
                }
              }));
    }
    scene.together(readers);
  }

  @Override
  public void check(Scene scene) throws Exception {
    readAll(scene);
  }
}
