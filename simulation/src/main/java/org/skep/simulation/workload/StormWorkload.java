package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.OpenFile;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.linux.OpenFlags;
import org.skep.runtime.port.Clock;
import org.skep.simulation.cluster.Shape;
import org.skep.simulation.cluster.SimulatedServer;
import org.skep.simulation.fault.Crash;
import org.skep.simulation.fault.Fault;
import org.skep.simulation.fault.Partition;
import org.skep.simulation.fault.SlowDisk;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.MakeDirectoryRequest;

/// All servers' hosts lose their power again and again, also in the midst of changes over several
/// shards. Each client publishes versions of a file as careful programs do: writes a new one, syncs
/// it, renames it over the old one, syncs the directory. Whatever is found under the name must be a
/// whole version, not older than the last one whose directory was synced. Beside it each client
/// cuts and lengthens a file ([CutFile]).
///
/// Beside that the clients tear at a shared tree; of it only the invariants are checked that hold
/// for every namespace.
public final class StormWorkload implements Workload {
  private static final int CLIENTS = 3;
  private static final int SHARDS = 3;
  private static final int VERSIONS = 10;
  private static final int STEPS = 30;
  private static final long SECOND = 1_000_000_000L;
  private static final ByteString NAME = ByteString.copyFromUtf8("published");
  private static final ByteString NEW = ByteString.copyFromUtf8("new");
  private static final List<ByteString> NAMES =
      List.of("a", "b", "c").stream().map(ByteString::copyFromUtf8).toList();

  /// What an application may be told after servers have forgotten what was not synced.
  private static final Set<Integer> FORGETFUL =
      Set.of(
          Errno.ENOENT.number(), Errno.ESTALE.number(), Errno.EEXIST.number(), Errno.EIO.number());

  private final List<Publisher> publishers = new ArrayList<>();
  private final List<Long> shared = new ArrayList<>();
  private final List<CutFile> cut = new ArrayList<>();

  @Override
  public Plan plan(SplittableRandom random) {
    List<Fault> faults = new ArrayList<>();
    long pause = 20_000_000L << random.nextInt(6);
    faults.add(new Crash(Set.of(NodeKind.values()), 70, 2 * pause, pause));
    if (random.nextInt(3) == 0) {
      faults.add(new Partition(SECOND, SECOND / 5));
    }
    if (random.nextInt(3) == 0) {
      faults.add(new SlowDisk(5_000_000, SECOND, SECOND / 5));
    }
    return new Plan(new Shape(SHARDS, 2, CLIENTS, false), Wires.of(random), faults, 5 * SECOND);
  }

  @Override
  public void setUp(Scene scene) throws Exception {
    FileSystem files = scene.files(0);
    for (int i = 0; i < CLIENTS; i++) {
      publishers.add(new Publisher(scene, i, directory(files, "own" + i, 1 + i % SHARDS)));
      shared.add(directory(files, "shared" + i, 1 + i % SHARDS));
      CutFile file = new CutFile(() -> powerCuts(scene), scene::note);
      file.make(files, publishers.get(i).directory, "cut" + i);
      files.syncDirectory(publishers.get(i).directory);
      cut.add(file);
    }
    files.syncDirectory(files.root());
  }

  private static long directory(FileSystem files, String name, int shard) throws ErrnoException {
    return files
        .makeDirectory(
            MakeDirectoryRequest.newBuilder()
                .setParent(files.root())
                .setName(ByteString.copyFromUtf8(name))
                .setMode(0755)
                .setShard(shard)
                .setCaller(Step.CALLER)
                .build())
        .getInode();
  }

  @Override
  public void run(Scene scene) throws Exception {
    List<Actor> actors = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Publisher publisher = publishers.get(i);
      SplittableRandom random = scene.random().split();
      actors.add(new Actor(i, publisher::publishAll));
      actors.add(new Actor(i, files -> tear(files, random)));
      CutFile file = cut.get(i);
      SplittableRandom cuts = scene.random().split();
      actors.add(new Actor(i, files -> useAgainAndAgain(scene, file, files, cuts)));
      actors.add(new Actor((i + 1) % CLIENTS, publisher::readAgainAndAgain));
    }
    scene.together(actors);
  }

  /// Changes the shared tree; what it is told does not matter, as long as no server is at a loss.
  private void tear(FileSystem files, SplittableRandom random) {
    for (int i = 0; i < STEPS; i++) {
      long parent = shared.get(random.nextInt(CLIENTS));
      long other = shared.get(random.nextInt(CLIENTS));
      ByteString name = NAMES.get(random.nextInt(NAMES.size()));
      ByteString otherName = NAMES.get(random.nextInt(NAMES.size()));
      Step step =
          switch (random.nextInt(8)) {
            case 0 -> new NameStep.MakeNode(parent, name, ModelTree.REGULAR | 0644);
            case 1, 2 -> new NameStep.MakeDirectory(parent, name, 0755, random.nextInt(SHARDS + 1));
            case 3 -> new NameStep.Unlink(parent, name);
            case 4 -> new NameStep.RemoveDirectory(parent, name);
            default -> new NameStep.Rename(parent, name, other, otherName, random.nextInt(3));
          };
      try {
        Step.Result _ = step.perform(files);
      } catch (ErrnoException e) {
        if (e.errno() == Errno.EIO.number()) {
          throw new AssertionError(step + ": " + e.getMessage(), e);
        }
      }
    }
  }

  private static void useAgainAndAgain(
      Scene scene, CutFile file, FileSystem files, SplittableRandom random) throws ErrnoException {
    for (int i = 0; i < STEPS; i++) {
      try {
        file.use(files, random);
      } catch (ErrnoException e) {
        // As long as no fsync has succeeded any earlier loss may be told.
        if (!FORGETFUL.contains(e.errno()) || powerCuts(scene) == 0) {
          throw e;
        }
        scene.note("using a file failed after a power cut: " + e.getMessage());
      }
    }
  }

  private static long powerCuts(Scene scene) {
    return scene.cluster().servers().stream().mapToLong(SimulatedServer::powerCuts).sum();
  }

  @Override
  public void check(Scene scene) throws Exception {
    for (CutFile file : cut) {
      file.check(scene.files(0));
    }
    for (Publisher publisher : publishers) {
      publisher.read(scene.files(0));
      publisher.publishAtLast(scene.files(publisher.client));
      publisher.read(scene.files(0));
    }
  }

  /// Publishes a file, and reads it.
  private static final class Publisher {
    private final Scene scene;
    private final int client;
    private final SplittableRandom random;
    private final long directory;

    /// Of a file and of its directory.
    private static final int FSYNCS = 2;

    private int newest;
    private int durable;
    private boolean done;

    Publisher(Scene scene, int client, long directory) {
      this.scene = scene;
      this.client = client;
      random = scene.random().split();
      this.directory = directory;
    }

    void publishAll(FileSystem files) throws Exception {
      // What a fsync tells of may have been lost long before: since the last one that succeeded.
      long cutsBefore = powerCuts(scene);
      while (newest < VERSIONS) {
        long cutsNow = powerCuts(scene);
        try {
          publish(files);
          read(files);
          cutsBefore = cutsNow;
        } catch (ErrnoException e) {
          if (!FORGETFUL.contains(e.errno()) || cutsBefore == powerCuts(scene)) {
            throw e;
          }
          scene.note("publishing failed after a power cut: " + e.getMessage());
        }
      }
      done = true;
    }

    /// When nothing goes wrong any more: a loss is told once, by each fsync that it concerns.
    void publishAtLast(FileSystem files) throws Exception {
      for (int failures = 0; ; failures++) {
        try {
          publish(files);
          return;
        } catch (ErrnoException e) {
          if (failures == FSYNCS) {
            throw e;
          }
        }
      }
    }

    private void publish(FileSystem files) throws ErrnoException, InterruptedException {
      int version = ++newest;
      removeLeftover(files);
      OpenFile file = NewFile.create(files, directory, NEW);
      try {
        long _ = file.write(ByteBuffer.wrap(content(version)), 0, false);
        file.sync(false);
      } finally {
        file.close();
      }
      files.rename(new NameStep.Rename(directory, NEW, directory, NAME, 0).request());
      if (random.nextInt(3) == 0) {
        // Long enough for what the servers do in the background.
        clock().sleepNanos(random.nextLong(2 * SECOND));
      }
      files.syncDirectory(directory);
      durable = version;
      scene.note("version " + version + " in " + Long.toHexString(directory) + " is durable");
    }

    /// Never written again: a reader may have found it as the published one before its renaming was
    /// lost.
    private void removeLeftover(FileSystem files) throws ErrnoException {
      try {
        files.unlink(directory, NEW);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.ENOENT.number()) {
          throw e;
        }
      }
    }

    /// Its length and each of its bytes say which version it is.
    private static byte[] content(int version) {
      byte[] content = new byte[70_000 + 1000 * version];
      Arrays.fill(content, (byte) version);
      return content;
    }

    void readAgainAndAgain(FileSystem files) throws Exception {
      for (int i = 0; i < 2 * VERSIONS && !done; i++) {
        read(files);
        clock().sleepNanos(random.nextLong(SECOND / 5));
      }
    }

    private Clock clock() {
      return scene.cluster().client(client).process().ports().clock();
    }

    /// @throws AssertionError if it is no whole version, or too old
    void read(FileSystem files) throws ErrnoException {
      int least = durable;
      long cutsBefore = powerCuts(scene);
      int version;
      try {
        version = version(files);
      } catch (ErrnoException e) {
        boolean replaced = e.errno() == Errno.ESTALE.number();
        boolean none = e.errno() == Errno.ENOENT.number() && least == 0;
        if (none || (replaced && (newest > least || cutsBefore != powerCuts(scene)))) {
          return;
        }
        throw e;
      }
      if (version < least) {
        throw new AssertionError("version " + version + " is back after " + least);
      }
    }

    private int version(FileSystem files) throws ErrnoException {
      Attributes found = files.lookup(directory, NAME);
      OpenFile file = files.open(found.getInode(), OpenFlags.O_RDONLY, Step.CALLER);
      try {
        ByteBuffer bytes = ByteBuffer.allocate(200_000);
        int count = file.read(bytes, 0);
        int version = bytes.get(0);
        if (!bytes.flip().equals(ByteBuffer.wrap(content(version)))) {
          throw new AssertionError(
              "no whole version: %d bytes, the first is %d".formatted(count, version));
        }
        return version;
      } finally {
        file.close();
      }
    }
  }
}
