package org.skep.simulation.fsck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.simulation.fsck.CheckedCluster.bytes;
import static org.skep.simulation.fsck.CheckedCluster.texts;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.OpenFile;
import org.skep.fsck.Report;
import org.skep.linux.Errno;
import org.skep.simulation.cluster.Shape;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.RenameRequest;
import org.skep.wire.message.SetAttributesRequest;

/// While two clients make, write, truncate, rename, link and remove all the time, also over several
/// shards, the check finds nothing wrong.
class BusyFsckTest {
  private static final int STEPS = 400;
  private static final Set<Integer> EXPECTED =
      Set.of(
          Errno.ENOENT.number(),
          Errno.EEXIST.number(),
          Errno.ENOTDIR.number(),
          Errno.EISDIR.number(),
          Errno.ENOTEMPTY.number(),
          Errno.EINVAL.number(),
          Errno.ESTALE.number(),
          Errno.EPERM.number());

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void what_is_in_motion_is_no_damage(boolean mirrored) {
    for (long seed = 1; seed <= 5; seed++) {
      Shape shape = mirrored ? Shape.mirrored(3, 1, 3) : new Shape(3, 2, 3, false);
      try (CheckedCluster world = new CheckedCluster(shape, seed)) {
        check(world, seed);
      }
    }
  }

  private static void check(CheckedCluster world, long seed) {
    List<Long> directories = new ArrayList<>();
    directories.add(world.cluster.rootInode());
    for (int i = 1; i <= 3; i++) {
      directories.add(world.directory(world.cluster.rootInode(), "d" + i, i));
    }
    List<CheckedCluster.Running> actors = new ArrayList<>();
    for (int client = 0; client < 2; client++) {
      FileSystem files = world.cluster.client(client).files();
      SplittableRandom random = new SplittableRandom(seed * 31 + client);
      actors.add(
          world.start(
              client,
              () -> {
                for (int i = 0; i < STEPS; i++) {
                  step(files, directories, random);
                }
              }));
    }
    int checks = 0;
    while (actors.stream().anyMatch(actor -> !actor.done().get())) {
      Report report = world.check(false, 3);
      assertThat(texts(report)).as("seed %d", seed).isEmpty();
      checks++;
    }
    actors.forEach(world::await);
    assertThat(checks).isPositive();
    assertThat(texts(world.check(false))).isEmpty();
  }

  private static void step(FileSystem files, List<Long> directories, SplittableRandom random)
      throws ErrnoException {
    try {
      tryStep(files, directories, random);
    } catch (ErrnoException e) {
      if (!EXPECTED.contains(e.errno())) {
        throw e;
      }
    }
  }

  private static void tryStep(FileSystem files, List<Long> directories, SplittableRandom random)
      throws ErrnoException {
    long directory = directories.get(random.nextInt(directories.size()));
    long other = directories.get(random.nextInt(directories.size()));
    String name = "n" + random.nextInt(5);
    String otherName = "n" + random.nextInt(5);
    switch (random.nextInt(9)) {
      case 0, 1, 2 -> {
        OpenFile file = files.create(CheckedCluster.create(directory, name));
        long _ = file.write(CheckedCluster.data(1 + random.nextInt(300_000)), 0, false);
        file.close();
      }
      case 3 -> {
        var _ =
            files.makeDirectory(
                MakeDirectoryRequest.newBuilder()
                    .setParent(directory)
                    .setName(bytes(name))
                    .setMode(0755)
                    .setShard(1 + random.nextInt(3))
                    .build());
      }
      case 4 -> files.unlink(directory, bytes(name));
      case 5 -> files.removeDirectory(directory, bytes(name));
      case 6 ->
          files.rename(
              RenameRequest.newBuilder()
                  .setOldParent(directory)
                  .setOldName(bytes(name))
                  .setNewParent(other)
                  .setNewName(bytes(otherName))
                  .setFlags(random.nextInt(3))
                  .build());
      case 7 -> {
        long inode = files.lookup(directory, bytes(name)).getInode();
        var _ = files.link(inode, other, bytes(otherName));
      }
      default -> {
        long inode = files.lookup(directory, bytes(name)).getInode();
        var _ =
            files.setAttributes(
                SetAttributesRequest.newBuilder()
                    .setInode(inode)
                    .setSize(random.nextInt(200_000))
                    .build());
      }
    }
  }
}
