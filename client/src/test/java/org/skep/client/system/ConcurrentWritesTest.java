package org.skep.client.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.client.DataSettings;
import org.skep.client.OpenFile;
import org.skep.client.fake.Clients;
import org.skep.client.fake.FakeCluster;
import org.skep.wire.Operations;

/// Several threads and openings on one file: each byte is what its writer wrote last.
@SuppressWarnings("ThreadPriorityCheck") // yields only to shuffle threads: nothing relies on it
final class ConcurrentWritesTest {
  private static final int SLOT = 5000;
  private static final int SLOTS = 200;
  private static final int THREADS = 4;

  /// Requests take differently long, so that they overtake each other.
  private static FakeCluster.Fault shuffle(int seed) {
    Random random = new Random(seed);
    return (operation, destination, request) -> {
      int rounds;
      synchronized (random) {
        rounds = random.nextInt(4) == 0 ? random.nextInt(200) : 0;
      }
      for (int round = 0; round < rounds; round++) {
        Thread.yield();
      }
      return null;
    };
  }

  private static void inThreads(List<Callable<Void>> bodies) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(bodies.size())) {
      for (Future<Void> each : threads.invokeAll(bodies)) {
        each.get();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void eachThreadSeesItsOwnWrites(int seed) throws Exception {
    DataSettings settings =
        DataSettings.DEFAULT.withReadAheadBytes(2 << 20).withWriteBehindBytes(4 << 20);
    byte[] model = new byte[SLOT * SLOTS];
    try (Clients clients = new Clients(1, settings)) {
      clients.cluster().repeat(10, seed);
      clients.cluster().fault(shuffle(seed));
      ClusterFileSystem client = clients.client();
      long inode = clients.cluster().shard(1).file(Clients.randomLayout(new Random(seed)), "f");
      List<Callable<Void>> bodies = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        int own = thread;
        bodies.add(() -> {
          work(client, inode, own, new Random(100L * seed + own), model);
          return null;
        });
      }
      inThreads(bodies);
      OpenFile fresh = Clients.open(clients.client(), inode);
      byte[] all = Clients.read(fresh, 0, model.length);
      assertThat(Arrays.mismatch(Arrays.copyOf(all, model.length), model)).isEqualTo(-1);
      fresh.close();
    }
  }

  /// Writes and reads the slots whose number leaves `own` when divided by the number of threads.
  private static void work(
      ClusterFileSystem client, long inode, int own, Random random, byte[] model) throws Exception {
    OpenFile file = Clients.open(client, inode);
    for (int step = 0; step < 300; step++) {
      int offset = (random.nextInt(SLOTS / THREADS) * THREADS + own) * SLOT;
      byte[] bytes = Clients.bytes(random, SLOT);
      Clients.write(file, offset, bytes);
      System.arraycopy(bytes, 0, model, offset, SLOT);
      if (random.nextInt(3) == 0) {
        int other = (random.nextInt(SLOTS / THREADS) * THREADS + own) * SLOT;
        byte[] got = Arrays.copyOf(Clients.read(file, other, SLOT), SLOT);
        assertThat(got).isEqualTo(Arrays.copyOfRange(model, other, other + SLOT));
      }
      if (random.nextInt(50) == 0) {
        file.flush();
      }
    }
    file.close();
  }

  @Test
  void overlappingWritesLandInTheirOrder() throws Exception {
    try (Clients clients = new Clients()) {
      clients.cluster().fault(shuffle(7));
      ClusterFileSystem client = clients.client();
      long inode = clients.cluster().shard(1).file(Clients.layout(Clients.CHUNK, 3), "f");
      OpenFile file = Clients.open(client, inode);
      byte[] model = new byte[600_000];
      Random random = new Random(3);
      for (int step = 0; step < 2000; step++) {
        int offset = random.nextInt(8) * 50_000;
        byte[] bytes = Clients.filled(1 + random.nextInt(200_000), step);
        Clients.write(file, offset, bytes);
        System.arraycopy(bytes, 0, model, offset, bytes.length);
      }
      file.close();
      OpenFile fresh = Clients.open(clients.client(), inode);
      byte[] all = Clients.read(fresh, 0, model.length);
      assertThat(Arrays.mismatch(Arrays.copyOf(all, model.length), model)).isEqualTo(-1);
      fresh.close();
    }
  }

  @Test
  void appendsOfTwoClientsLoseNoRecord() throws Exception {
    int records = 400;
    try (Clients clients = new Clients()) {
      clients.cluster().repeat(20, 1);
      clients.cluster().fault(shuffle(9));
      long inode = clients.cluster().shard(1).file(Clients.layout(Clients.CHUNK, 2), "log");
      List<Callable<Void>> bodies = new ArrayList<>();
      for (int writer = 1; writer <= THREADS; writer++) {
        ClusterFileSystem client = clients.client();
        int own = writer;
        bodies.add(() -> {
          OpenFile file = Clients.open(client, inode);
          for (int record = 0; record < records; record++) {
            ByteBuffer bytes = ByteBuffer.allocate(100);
            bytes.putInt(0, own).putInt(4, record).put(99, (byte) 10);
            long at = file.write(bytes, 0, true);
            assertThat(at % 100).isZero();
          }
          file.close();
          return null;
        });
      }
      inThreads(bodies);
      OpenFile fresh = Clients.open(clients.client(), inode);
      byte[] all = Clients.read(fresh, 0, Integer.MAX_VALUE >> 4);
      assertThat(all).hasSize(THREADS * records * 100);
      int[] next = new int[THREADS + 1];
      for (int at = 0; at < all.length; at += 100) {
        ByteBuffer record = ByteBuffer.wrap(all, at, 100).slice();
        assertThat(record.getInt(4)).isEqualTo(next[record.getInt(0)]++);
        assertThat(record.get(99)).isEqualTo((byte) 10);
      }
      fresh.close();
      assertThat(clients.cluster().count(Operations.RESERVE_APPEND)).isEqualTo(THREADS * records);
    }
  }
}
