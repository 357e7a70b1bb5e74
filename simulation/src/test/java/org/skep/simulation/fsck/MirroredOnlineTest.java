package org.skep.simulation.fsck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.simulation.fsck.CheckedCluster.bytes;
import static org.skep.simulation.fsck.CheckedCluster.texts;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skep.client.OpenFile;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Pairing;
import org.skep.cluster.ShardPairing;
import org.skep.simulation.cluster.MetadataHost;
import org.skep.simulation.cluster.Shape;
import org.skep.simulation.cluster.SimulatedGroups;
import org.skep.simulation.cluster.SimulatedGroups.Pair;

/// Two metadata servers with one target each, and something in both shards: while clients work,
/// each shard gets its second copy on the spare that the other server keeps.
class MirroredOnlineTest {
  private static final long PHASE_NANOS = 600_000_000_000L;
  private static final int FILES = 50;

  private CheckedCluster world;
  private SimulatedGroups groups;
  private final List<Long> directories = new ArrayList<>();
  private final AtomicInteger made = new AtomicInteger();
  private final AtomicBoolean enough = new AtomicBoolean();

  @BeforeEach
  void start() {
    world = new CheckedCluster(new Shape(2, 1, 3, false).withSpares(), 17);
    groups = new SimulatedGroups(world.cluster, NodeKind.METADATA);
    for (int shard = 1; shard <= 2; shard++) {
      directories.add(world.directory(world.cluster.rootInode(), "shard" + shard, shard));
    }
  }

  @AfterEach
  void stop() {
    world.close();
  }

  /// One client makes files in both shards, one after the other, until it is enough.
  private void makeFiles() throws Exception {
    while (!enough.get()) {
      int number = made.get();
      long directory = directories.get(number % 2);
      OpenFile file =
          world.cluster.client(1).files().create(CheckedCluster.create(directory, "file" + number));
      file.close();
      made.incrementAndGet();
    }
  }

  private void more(String when) {
    int wanted = made.get() + FILES;
    world.scheduler.runUntil(() -> made.get() >= wanted, PHASE_NANOS, "files " + when);
  }

  private void allGood() {
    world.scheduler.runUntil(() -> groups.troubles().isEmpty(), PHASE_NANOS, "whole groups");
  }

  @Test
  void both_shards_are_mirrored_while_clients_work_and_outlive_either_server() {
    OpenFile[] open = new OpenFile[1];
    world.run(
        0,
        () -> {
          open[0] = world.files().create(CheckedCluster.create(directories.getLast(), "open"));
          long _ = open[0].write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0, false);
        });
    CheckedCluster.Running making = world.start(1, this::makeFiles);
    more("before");
    Pairing.Plan plan = ShardPairing.of(groups.newest(), Set.of());
    assertThat(plan.left()).isEmpty();
    assertThat(plan.pairs()).hasSize(2).allMatch(pair -> pair.secondary() > 65000);
    List<Pair> pairs =
        plan.pairs().stream().map(pair -> new Pair(pair.primary(), pair.secondary())).toList();
    world.run(0, () -> groups.form(world.cluster.client(0).client(), pairs));
    allGood();
    more("with two copies");
    for (MetadataHost host : world.cluster.metadata()) {
      host.kill();
      more("without " + host.host());
      host.boot();
      allGood();
    }
    enough.set(true);
    world.await(making);
    world.run(
        0,
        () -> {
          long _ = open[0].write(ByteBuffer.wrap(new byte[] {4}), 3, false);
          open[0].close();
          assertThat(world.files().lookup(directories.getLast(), bytes("open")).getSize())
              .isEqualTo(4);
          for (int number = 0; number < made.get(); number++) {
            var _ = world.files().lookup(directories.get(number % 2), bytes("file" + number));
          }
        });
    assertThat(texts(world.check(false))).isEmpty();
  }
}
