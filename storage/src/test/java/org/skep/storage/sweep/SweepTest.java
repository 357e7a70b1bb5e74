package org.skep.storage.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Ids;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.storage.TestTarget;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkListing;

class SweepTest {
  private final MemoryDisk disk = new MemoryDisk("memory");
  private TestTarget target;
  private final Set<Long> living = new TreeSet<>();
  private final Set<Integer> silent = new TreeSet<>();
  private final List<Integer> asked = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    target = new TestTarget(disk);
  }

  private Set<Long> living(int shard, List<Long> inodes) {
    asked.add(shard);
    assertThat(inodes).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(LivingInodes.INODES_MAX);
    assertThat(inodes).allMatch(inode -> Ids.shardOf(inode) == shard);
    if (silent.contains(shard)) {
      return null;
    }
    Set<Long> alive = new TreeSet<>(inodes);
    alive.retainAll(living);
    return alive;
  }

  private Sweep.Result sweep() throws Exception {
    return new Sweep(target.clock, this::living, 100).run(target.target);
  }

  private void make(int shard, long counter, boolean alive) throws IOException {
    for (int stripe = 0; stripe < 2; stripe++) {
      target.store.write(
          new ChunkKey(Ids.inode(shard, counter), stripe), ByteBuffer.allocate(1), 0);
    }
    if (alive) {
      living.add(Ids.inode(shard, counter));
    }
  }

  private List<ChunkKey> left() throws IOException {
    return target.store.list(ChunkListing.Cursor.START, 10_000).chunks();
  }

  @Test
  void chunksWithoutInodeAreRemovedAndOthersStay() throws Exception {
    for (int counter = 1; counter <= 1500; counter++) {
      make(1 + counter % 3, counter, counter % 5 != 0);
    }
    assertThat(sweep()).isEqualTo(new Sweep.Result(3000, 600, 0));
    assertThat(left()).hasSize(2400).allMatch(key -> living.contains(key.inode()));
    assertThat(sweep()).isEqualTo(new Sweep.Result(2400, 0, 0));
  }

  @Test
  void chunksOfASilentShardStayAndItIsAskedOnce() throws Exception {
    for (int counter = 1; counter <= 600; counter++) {
      make(1, counter, false);
      make(2, counter, false);
    }
    silent.add(2);
    assertThat(sweep()).isEqualTo(new Sweep.Result(2400, 1200, 1200));
    assertThat(left()).allMatch(key -> Ids.shardOf(key.inode()) == 2);
    assertThat(asked.stream().filter(shard -> shard == 2)).hasSize(1);
  }

  @Test
  void aSweepTakesItsTime() throws Exception {
    for (int counter = 1; counter <= 1000; counter++) {
      make(1, counter, true);
    }
    long before = target.clock.nanoTime();
    sweep();
    assertThat(target.clock.nanoTime() - before).isGreaterThanOrEqualTo(10_000_000_000L);
  }

  @Test
  void anEmptyTargetIsSwept() throws Exception {
    assertThat(sweep()).isEqualTo(new Sweep.Result(0, 0, 0));
    assertThat(asked).isEmpty();
  }
}
