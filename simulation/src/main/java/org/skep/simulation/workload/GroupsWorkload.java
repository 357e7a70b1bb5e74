package org.skep.simulation.workload;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.skep.client.FileSystem;
import org.skep.cluster.NodeKind;
import org.skep.simulation.check.FileSystemCheck;
import org.skep.simulation.cluster.Shape;
import org.skep.simulation.cluster.SimulatedClient;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.SimulatedGroups;
import org.skep.simulation.cluster.SimulatedGroups.Pair;
import org.skep.simulation.fault.ClientCrash;
import org.skep.simulation.fault.Crash;
import org.skep.simulation.fault.Fault;
import org.skep.simulation.fault.MemberCrash;
import org.skep.simulation.fault.MemberCut;
import org.skep.simulation.fault.Partition;
import org.skep.simulation.fault.Pause;
import org.skep.simulation.fault.SlowDisk;

/// Clients change one tree at the same time ([Rounds]), and list a directory page by page
/// ([Shelf]), on shards with two members each, which die, lose their power, are cut off from each
/// other, from management and from clients, stand still, and have slow disks; resyncs run
/// meanwhile, and in some runs a shard gets its second member only then, an [Operator] is at work,
/// or a client dies ([Turns]). Nothing that was acknowledged may be lost. In the end all groups are
/// whole, both members hold the same bytes, and `fsck` finds nothing.
public final class GroupsWorkload implements Workload {
  private static final int CLIENTS = 3;
  private static final int ROUNDS = 6;
  private static final long SECOND = 1_000_000_000L;

  /// Clients keep their sessions: shorter than a lease.
  private static final long CUT_NANOS_MAX = 8 * SECOND;

  private static final Set<NodeKind> STANDING_STILL =
      EnumSet.of(NodeKind.METADATA, NodeKind.MANAGEMENT);

  /// A client that dies, beside those who change the tree.
  private static final int MORTAL = CLIENTS;

  private boolean mirroredLater;
  private boolean operated;
  private boolean oneDies;
  private @Nullable Operator operator;
  private @Nullable Rounds rounds;
  private @Nullable Shelf shelf;
  private @Nullable Turns turns;
  private boolean changing;

  @Override
  public Plan plan(SplittableRandom random) {
    List<Fault> faults = new ArrayList<>();
    long pause = (SECOND / 8) << random.nextInt(5);
    mirroredLater = random.nextInt(4) == 0;
    operated = random.nextInt(4) == 0;
    oneDies = random.nextInt(4) == 0;
    addCrashes(random, pause, faults);
    if (faults.isEmpty() || random.nextInt(3) == 0) {
      faults.add(new MemberCut(CUT_NANOS_MAX, 2 * pause));
    }
    if (random.nextInt(4) == 0) {
      faults.add(new Pause(STANDING_STILL, CUT_NANOS_MAX, 4 * pause));
    }
    if (random.nextInt(4) == 0) {
      faults.add(new Partition(CUT_NANOS_MAX, 2 * pause));
    }
    if (random.nextInt(4) == 0) {
      faults.add(new SlowDisk(5_000_000, SECOND, SECOND / 10));
    }
    if (oneDies) {
      faults.add(new ClientCrash(MORTAL, SECOND, 2 * SECOND));
    }
    int mirrored = 1 + random.nextInt(2);
    return new Plan(
        Shape.mirroredShards(mirrored, random.nextInt(2), oneDies ? CLIENTS + 1 : CLIENTS),
        Wires.of(random),
        faults,
        (5 + random.nextInt(15)) * SECOND);
  }

  /// An operator who takes a member out of its group leaves a single copy of what was not synced:
  /// then nobody loses power.
  private void addCrashes(SplittableRandom random, long pause, List<Fault> faults) {
    switch (random.nextInt(5)) {
      case 0 -> faults.add(new MemberCrash(0, 3 * pause, pause));
      case 1 -> faults.add(new MemberCrash(operated ? 0 : 100, 3 * pause, pause));
      case 2 -> {
        faults.add(new MemberCrash(0, 2 * pause, pause));
        faults.add(new Crash(Set.of(NodeKind.MANAGEMENT), 0, 3 * pause, 2 * pause));
      }
      case 3 -> faults.add(new MemberCrash(operated ? 0 : 40, 2 * pause, pause));
      default -> {}
    }
  }

  @Override
  public void setUp(Scene scene) throws Exception {
    SimulatedCluster cluster = scene.cluster();
    List<Integer> shards = cluster.shards();
    List<Integer> lasting = shards.subList(0, shards.size() - cluster.mirroredShards());
    List<Actor> actors = new ArrayList<>();
    actors.add(
        new Actor(
            0,
            files -> {
              if (!mirroredLater) {
                form(scene);
              }
              shelf = new Shelf(files, lasting.getLast());
              turns = new Turns(files, lasting.getLast());
              operator = new Operator(scene, cluster.client(0).client());
            }));
    scene.together(actors);
    rounds = new Rounds(scene, CLIENTS, lasting, SECOND / 4);
  }

  private static void form(Scene scene) throws Exception {
    SimulatedCluster cluster = scene.cluster();
    SimulatedGroups groups = new SimulatedGroups(cluster, NodeKind.METADATA);
    for (Pair pair : SimulatedGroups.shardPairs(cluster)) {
      groups.form(cluster.client(0).client(), List.of(pair));
    }
  }

  private static <T> T made(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("not set up");
    }
    return part;
  }

  @Override
  public void run(Scene scene) throws Exception {
    List<Actor> actors = new ArrayList<>();
    changing = true;
    if (mirroredLater || operated) {
      actors.add(new Actor(0, _ -> operate(scene)));
    }
    if (oneDies) {
      SimulatedClient mortal = scene.cluster().client(MORTAL);
      actors.add(new Actor(0, _ -> accompany(scene, mortal)));
      actors.add(takingTurns(scene, 1));
    }
    SplittableRandom listing = scene.random().split();
    SplittableRandom passing = scene.random().split();
    actors.add(new Actor(1, files -> listAgain(scene, files, listing)));
    actors.add(
        new Actor(
            2,
            files -> {
              while (changing) {
                made(shelf).change(files, passing);
                scene.sleep(passing.nextLong(SECOND / 5));
              }
            }));
    scene.together(
        actors,
        () -> {
          made(rounds).run(scene, ROUNDS);
          changing = false;
        });
  }

  private void operate(Scene scene) throws Exception {
    if (mirroredLater) {
      scene.sleep(scene.random().nextLong(SECOND));
      form(scene);
    }
    while (operated && changing) {
      made(operator).act();
    }
  }

  /// Lets each life of a client that dies take turns.
  private void accompany(Scene scene, SimulatedClient mortal) throws Exception {
    while (changing) {
      if (mortal.isConnected()) {
        scene.together(List.of(takingTurns(scene, MORTAL)));
      }
      scene.sleep(SECOND / 10);
    }
  }

  private Actor takingTurns(Scene scene, int client) {
    SplittableRandom random = scene.random().split();
    return new Actor(
        client,
        files -> {
          while (changing) {
            made(turns).take(scene, scene.cluster().client(client), files, random);
            scene.sleep(random.nextLong(SECOND / 2));
          }
        });
  }

  private void listAgain(Scene scene, FileSystem files, SplittableRandom random) throws Exception {
    while (changing) {
      made(shelf).list(scene, files, random);
    }
  }

  @Override
  public void check(Scene scene) throws Exception {
    Operator last = made(operator);
    // Until everybody has heard of what happened last.
    scene.sleep(2 * SECOND);
    scene.together(List.of(new Actor(0, _ -> last.giveBack())));
    MirrorWorkload.awaitWhole(scene, NodeKind.METADATA);
    last.checkPairs();
    made(rounds).check(scene);
    SimulatedGroups groups = new SimulatedGroups(scene.cluster(), NodeKind.METADATA);
    if (groups.losses() > 0) {
      throw new AssertionError("a group counts losses, though one member always had everything");
    }
    SimulatedClient checking = scene.cluster().client(0);
    scene.together(List.of(new Actor(0, _ -> FileSystemCheck.check(checking))));
  }
}
