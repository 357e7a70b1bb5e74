package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.OpenFile;
import org.skep.cluster.NodeKind;
import org.skep.linux.OpenFlags;
import org.skep.simulation.cluster.Shape;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.SimulatedGroups;
import org.skep.simulation.fault.Crash;
import org.skep.simulation.fault.Fault;
import org.skep.simulation.fault.OldRequest;
import org.skep.simulation.fault.Partition;
import org.skep.simulation.fault.SlowDisk;
import org.skep.simulation.fault.Split;
import org.skep.simulation.fault.WriterCrash;
import org.skep.wire.message.CreateRequest;

/// Clients on mirrored files while members of groups and management die, lose their power, are cut
/// off in one direction or both, and have slow disks. Shared registers have to behave as one copy;
/// files of one client each are compared with a model, where only bytes that a group itself counts
/// as lost are excused. In the end all groups are Good and both members hold the same bytes.
public final class MirrorWorkload implements Workload {
  private static final int CLIENTS = 3;
  private static final int STEPS = 30;

  /// The client that may die while it writes.
  private static final int DOOMED = CLIENTS;

  private static final int DOOMED_BYTES = 300_000;
  private static final long SECOND = 1_000_000_000L;

  /// Longer than an offline time-out, the pauses of a resync's attempts, and a resync.
  private static final long WHOLE_NANOS = 180 * SECOND;

  private final Trouble trouble;

  /// More is read then.
  private final boolean watched;

  private final List<OwnedFile> owned = new ArrayList<>();
  private @Nullable Registers registers;
  private long doomed;
  private int writing;

  /// What happens beside crashes, partitions and slow disks.
  public enum Trouble {
    USUAL,
    /// The cluster is split.
    SPLIT,
    /// A client dies together with a server.
    WRITER_DIES,
    /// A request arrives very late.
    LATE
  }

  public MirrorWorkload(Trouble trouble) {
    this.trouble = trouble;
    watched = trouble != Trouble.USUAL;
  }

  @Override
  public Plan plan(SplittableRandom random) {
    List<Fault> faults = new ArrayList<>();
    long pause = (SECOND / 4) << random.nextInt(5);
    switch (random.nextInt(4)) {
      case 0 -> faults.add(new Crash(Set.of(NodeKind.STORAGE), 0, 3 * pause, pause));
      case 1 -> faults.add(new Crash(Set.of(NodeKind.STORAGE), 50, 3 * pause, 2 * pause));
      case 2 -> {
        faults.add(new Crash(Set.of(NodeKind.STORAGE), 20, 2 * pause, pause));
        faults.add(new Crash(Set.of(NodeKind.MANAGEMENT), 0, 3 * pause, 2 * pause));
      }
      default -> {}
    }
    if (faults.isEmpty() || random.nextBoolean()) {
      faults.add(new Partition(SECOND << random.nextInt(5), pause));
    }
    switch (trouble) {
      case USUAL -> {}
      case SPLIT -> faults.add(new Split(20 * SECOND, SECOND));
      case WRITER_DIES -> faults.add(new WriterCrash(DOOMED, SECOND, SECOND));
      case LATE -> {
        faults.clear(); // it takes a group a long way, which others would cross
        faults.add(new OldRequest(2 * SECOND));
      }
    }
    if (random.nextInt(4) == 0) {
      faults.add(new SlowDisk(5_000_000, SECOND, SECOND / 10));
    }
    return new Plan(
        Shape.mirrored(1, 1 + random.nextInt(2), watched ? CLIENTS + 1 : CLIENTS),
        Wires.of(random),
        faults,
        (10 + random.nextInt(30)) * SECOND);
  }

  @Override
  public void setUp(Scene scene) throws Exception {
    SimulatedCluster cluster = scene.cluster();
    SimulatedGroups groups = new SimulatedGroups(cluster, NodeKind.STORAGE);
    Registers shared = new Registers(scene, () -> groups.losses() > 0);
    registers = shared;
    List<Actor> actors = new ArrayList<>();
    actors.add(
        new Actor(
            0,
            files -> {
              groups.form(cluster.client(0).client(), SimulatedGroups.storagePairs(cluster));
              shared.create(files);
              for (int i = 0; i < CLIENTS; i++) {
                OwnedFile file = new OwnedFile(groups::losses, scene::note);
                file.create(files, files.root(), "file" + i);
                file.close();
                owned.add(file);
              }
              if (watched) {
                doomed = make(files, "doomed");
              }
            }));
    scene.together(actors);
  }

  private static long make(FileSystem files, String name) throws ErrnoException {
    OpenFile file =
        files.create(
            CreateRequest.newBuilder()
                .setParent(files.root())
                .setName(ByteString.copyFromUtf8(name))
                .setMode(ModelTree.REGULAR | 0644)
                .setExclusive(true)
                .setOpenFlags(OpenFlags.O_RDWR)
                .setCaller(Step.CALLER)
                .build());
    long inode = file.inode();
    file.close();
    return inode;
  }

  private Registers registers() {
    Registers made = registers;
    if (made == null) {
      throw new IllegalStateException("not set up");
    }
    return made;
  }

  @Override
  public void run(Scene scene) throws Exception {
    List<Actor> actors = new ArrayList<>();
    writing = CLIENTS;
    for (int i = 0; watched && i < CLIENTS; i++) {
      SplittableRandom looks = scene.random().split();
      int client = i;
      actors.add(new Actor(i, files -> readOn(scene, client, files, looks)));
    }
    if (trouble == Trouble.WRITER_DIES) {
      SplittableRandom blind = scene.random().split();
      actors.add(new Actor(DOOMED, files -> writeOn(files, blind)));
    }
    for (int i = 0; i < CLIENTS; i++) {
      OwnedFile own = owned.get(i);
      SplittableRandom random = scene.random().split();
      int client = i;
      actors.add(
          new Actor(
              i,
              files -> {
                own.open(files);
                OpenFile shared = registers().open(files);
                try {
                  for (int step = 0; step < STEPS; step++) {
                    if (random.nextInt(3) > 0) {
                      registers().step(client, shared, random);
                    } else {
                      own.step(files, random);
                    }
                    if (trouble == Trouble.LATE || random.nextInt(4) == 0) {
                      scene.sleep(random.nextLong(SECOND));
                    }
                  }
                  own.close();
                  shared.close();
                } finally {
                  writing--;
                }
              }));
    }
    scene.together(actors);
    registers().check();
  }

  /// Reads as long as others write, also while this client's own writes wait for the heal.
  private void readOn(Scene scene, int client, FileSystem files, SplittableRandom random)
      throws Exception {
    OpenFile shared = registers().open(files);
    while (writing > 0) {
      registers().readOfOthers(client, shared, random);
      scene.sleep(random.nextLong(SECOND / 2));
    }
    shared.close();
  }

  /// Writes to a file that is only looked at in the end, where both members must have the same,
  /// until all others are through or its client dies.
  private void writeOn(FileSystem files, SplittableRandom random) throws ErrnoException {
    OpenFile file = files.open(doomed, OpenFlags.O_RDWR | OpenFlags.O_DIRECT, Step.CALLER);
    while (writing > 0) {
      byte[] bytes = new byte[4096];
      random.nextBytes(bytes);
      long _ = file.write(ByteBuffer.wrap(bytes), random.nextInt(DOOMED_BYTES), false);
    }
    file.close();
  }

  @Override
  public void check(Scene scene) throws Exception {
    awaitWhole(scene, NodeKind.STORAGE);
    List<Actor> readers = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      readers.add(
          new Actor(
              i,
              files -> {
                registers().readAll(files);
                for (OwnedFile file : owned) {
                  file.verify(files);
                }
              }));
    }
    scene.together(readers);
    registers().check();
  }

  /// Waits until all groups are whole.
  ///
  /// @throws AssertionError naming what keeps them, if it takes too long
  static void awaitWhole(Scene scene, NodeKind kind) throws InterruptedException {
    SimulatedGroups groups = new SimulatedGroups(scene.cluster(), kind);
    long end = scene.nowNanos() + WHOLE_NANOS;
    // Until everybody has heard of what happened last.
    scene.sleep(2 * SECOND);
    List<String> troubles = groups.troubles();
    while (!troubles.isEmpty()) {
      if (scene.nowNanos() > end) {
        throw new AssertionError("not whole long after everything was mended: " + troubles);
      }
      scene.sleep(SECOND / 10);
      troubles = groups.troubles();
    }
  }
}
