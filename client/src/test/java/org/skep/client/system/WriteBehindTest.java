package org.skep.client.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.skep.client.DataSettings;
import org.skep.client.ErrnoException;
import org.skep.client.OpenFile;
import org.skep.client.fake.Clients;
import org.skep.linux.OpenFlags;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Caller;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.SetAttributesRequest;
import org.skep.wire.message.Time;

/// When written data and its size reach the servers, and within which limits.
@SuppressWarnings("ThreadPriorityCheck") // yields only to shuffle threads: nothing relies on it
final class WriteBehindTest {
  private static final DataSettings SETTINGS = DataSettings.DEFAULT.withReadAheadBytes(0);

  @Test
  void smallWritesAreGathered() throws ErrnoException {
    try (Clients clients = new Clients()) {
      OpenFile file = Clients.create(clients.client(), "f", Clients.layout(Clients.CHUNK, 4));
      assertThat(file.created()).isTrue();
      for (int at = 0; at < 3 << 20; at += 4096) {
        Clients.write(file, at, Clients.filled(4096, 1));
      }
      file.close();
      assertThat(clients.cluster().count(Operations.WRITE_CHUNK))
          .as("one request for each stripe of each MiB")
          .isEqualTo(3 * 4);
      assertThat(clients.cluster().count(Operations.STAT_CHUNK))
          .as("the space of a new file is known")
          .isZero();
      Attributes made = clients.cluster().shard(1).attributes(file.inode());
      assertThat(made.getSize()).isEqualTo(3 << 20);
      assertThat(made.getAllocatedBytes()).isEqualTo(3 << 20);
    }
  }

  @Test
  void aSmallFileTakesOneWriteAndOneClose() throws ErrnoException {
    try (Clients clients = new Clients()) {
      OpenFile file = Clients.create(clients.client(), "f", Clients.layout(Clients.CHUNK, 4));
      Clients.write(file, 0, Clients.filled(4096, 1));
      file.close();
      assertThat(clients.cluster().log()).containsExactly("create", "write-chunk", "close");
      assertThat(clients.cluster().shard(1).neverWrittenSeen()).isFalse();
    }
  }

  @Test
  void aDirectReadIsNotAnsweredFromWhatIsHeldHere() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      OpenFile file = Clients.create(client, "f", Clients.layout(Clients.CHUNK, 1));
      Clients.write(file, 0, Clients.filled(4096, 1));
      assertThat(Clients.read(file, 0, 4096)).isEqualTo(Clients.filled(4096, 1));
      assertThat(clients.cluster().log()).containsExactly("create");
      OpenFile direct =
          client.open(
              file.inode(), OpenFlags.O_RDWR | OpenFlags.O_DIRECT, Caller.getDefaultInstance());
      assertThat(Clients.read(direct, 0, 4096)).isEqualTo(Clients.filled(4096, 1));
      assertThat(clients.cluster().log())
          .containsExactly("create", "open", "write-chunk", "read-chunk");
      direct.close();
      file.close();
    }
  }

  @Test
  void anOpeningWithoutWritesSaysSo() throws ErrnoException {
    try (Clients clients = new Clients()) {
      OpenFile file = Clients.create(clients.client(), "f", Clients.layout(Clients.CHUNK, 4));
      file.close();
      assertThat(clients.cluster().shard(1).neverWrittenSeen()).isTrue();
      assertThat(clients.cluster().log()).containsExactly("create", "close");
    }
  }

  @Test
  void spaceOfStripesThatWereNotTouchedIsAskedFor() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      OpenFile first = Clients.create(client, "f", Clients.layout(Clients.CHUNK, 4));
      Clients.write(first, 0, Clients.filled(3 * Clients.CHUNK, 1));
      first.close();
      OpenFile second = Clients.open(client, first.inode());
      Clients.write(second, 0, Clients.filled(10, 2));
      second.close();
      assertThat(clients.cluster().count(Operations.STAT_CHUNK)).isEqualTo(2);
      assertThat(clients.cluster().shard(1).attributes(first.inode()).getAllocatedBytes())
          .isEqualTo(3 * Clients.CHUNK);
    }
  }

  @Test
  void dataAndSizeAreNotKeptForMuchLongerThanASecond() throws Exception {
    try (Clients clients = new Clients(100, SETTINGS)) {
      OpenFile file = Clients.create(clients.client(), "f", Clients.layout(Clients.CHUNK, 2));
      CountDownLatch told = new CountDownLatch(1);
      clients
          .cluster()
          .fault((operation, destination, request) -> {
            if (operation.equals(Operations.UPDATE_WRITTEN)) {
              told.countDown();
            }
            return null;
          });
      Clients.write(file, 0, Clients.filled(10, 1));
      told.await();
      assertThat(clients.cluster().count(Operations.WRITE_CHUNK)).isEqualTo(1);
      file.close();
    }
  }

  @Test
  void aFileHasNoMoreThanItsWindowOnTheWay() throws Exception {
    DataSettings settings = new DataSettings(0, 64 << 20, 2, 0, 0, 8, true);
    try (Clients clients = new Clients(1, settings)) {
      OpenFile file = Clients.create(clients.client(), "f", Clients.layout(1 << 20, 1));
      AtomicInteger running = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      clients
          .cluster()
          .fault((operation, destination, request) -> {
            if (operation.equals(Operations.WRITE_CHUNK)) {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              for (int round = 0; round < 50; round++) {
                Thread.yield();
              }
              running.decrementAndGet();
            }
            return null;
          });
      for (int piece = 0; piece < 40; piece++) {
        Clients.write(file, (long) piece << 20, Clients.filled(1 << 20, piece));
      }
      file.close();
      assertThat(most.get()).isBetween(1, 2);
    }
  }

  @Test
  void manyFilesShareFewBuffers() throws ErrnoException {
    try (Clients clients = new Clients(1, SETTINGS.withWriteBehindBytes(2 << 20))) {
      ClusterFileSystem client = clients.client();
      List<OpenFile> files = new ArrayList<>();
      for (int number = 0; number < 20; number++) {
        files.add(Clients.create(client, "f" + number, Clients.layout(Clients.CHUNK, 2)));
        Clients.write(files.get(number), 0, Clients.filled(1000, number));
        assertThat(client.writeBuffersInUse()).isLessThanOrEqualTo(2);
      }
      for (int number = 0; number < 20; number++) {
        assertThat(Clients.read(files.get(number), 0, 2000))
            .isEqualTo(Clients.filled(1000, number));
        files.get(number).close();
      }
    }
  }

  @Test
  void aWriterWaitsForABufferAtMostTheIoTimeout() throws Exception {
    DataSettings settings =
        SETTINGS.withWriteBehindBytes(2 << 20).withIoTimeoutNanos(5_000_000_000L);
    try (Clients clients = new Clients(100, settings)) {
      ClusterFileSystem client = clients.client();
      OpenFile file = Clients.create(client, "f", Clients.layout(1 << 20, 1));
      Semaphore held = new Semaphore(0);
      Runnable release =
          clients
              .cluster()
              .fault((operation, destination, request) -> {
                if (operation.equals(Operations.WRITE_CHUNK)) {
                  held.acquireUninterruptibly();
                }
                return null;
              });
      byte[] much = Clients.filled(3 << 20, 1);
      assertThatThrownBy(() -> Clients.write(file, 0, much))
          .isInstanceOf(ErrnoException.class)
          .hasMessageContaining("buffers");
      release.run();
      held.release(1000);
      file.close();
    }
  }

  @Test
  void readsSeeWhatIsHeldAndWhatIsOnTheWay() throws ErrnoException {
    try (Clients clients = new Clients()) {
      OpenFile file = Clients.create(clients.client(), "f", Clients.layout(Clients.CHUNK, 2));
      Clients.write(file, 0, Clients.filled(200_000, 1));
      assertThat(Clients.read(file, 100, 50)).isEqualTo(Clients.filled(50, 1));
      assertThat(clients.cluster().count(Operations.READ_CHUNK)).as("from memory").isZero();
      Clients.write(file, 500_000, Clients.filled(10, 2));
      byte[] all = Clients.read(file, 0, 1 << 20);
      assertThat(all).hasSize(500_010);
      assertThat(all[300_000]).isZero();
      assertThat(all[500_009]).isEqualTo((byte) 2);
      file.close();
    }
  }

  @Test
  void directWritesAreAtTheServersWhenTheyReturnAndSynchronousOnesOnTheirDisks()
      throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      long inode = clients.cluster().shard(1).file(Clients.layout(Clients.CHUNK, 2), "f");
      OpenFile direct =
          client.open(inode, OpenFlags.O_RDWR | OpenFlags.O_DIRECT, Caller.getDefaultInstance());
      Clients.write(direct, 0, Clients.filled(4096, 1));
      assertThat(clients.cluster().count(Operations.WRITE_CHUNK)).isEqualTo(1);
      direct.close();
      OpenFile synchronous =
          client.open(inode, OpenFlags.O_RDWR | OpenFlags.O_SYNC, Caller.getDefaultInstance());
      Clients.write(synchronous, 0, Clients.filled(4096, 1));
      assertThat(clients.cluster().log()).endsWith("sync-chunk", "sync-metadata");
      synchronous.close();
    }
  }

  @Test
  void timesSetByHandStayAfterEarlierWrites() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      OpenFile file = Clients.create(client, "f", Clients.layout(Clients.CHUNK, 2));
      Clients.write(file, 0, Clients.filled(4096, 1));
      Time wanted = Time.newBuilder().setSeconds(12345).setNanos(678).build();
      Attributes set =
          client.setAttributes(
              SetAttributesRequest.newBuilder().setInode(file.inode()).setMtime(wanted).build());
      assertThat(set.getMtime()).isEqualTo(wanted);
      file.flush();
      file.close();
      assertThat(client.attributes(file.inode()).getMtime()).isEqualTo(wanted);
    }
  }

  @Test
  void mtimeIsThatOfTheWriteAndSeenAtOnce() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      OpenFile file = Clients.create(client, "f", Clients.layout(Clients.CHUNK, 2));
      Clients.write(file, 0, Clients.filled(4096, 1));
      Attributes held = client.attributes(file.inode());
      assertThat(held.getSize()).isEqualTo(4096);
      assertThat(held.getMtime().getSeconds()).isGreaterThan(1_999_999_999L);
      file.close();
      Attributes told = clients.cluster().shard(1).attributes(file.inode());
      assertThat(told.getMtime()).isEqualTo(held.getMtime());
    }
  }

  @Test
  void readingIsNotedByTheRuleOfRelatime() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      OpenFile file = Clients.create(client, "f", Clients.layout(Clients.CHUNK, 2));
      Clients.write(file, 0, Clients.filled(4096, 1));
      file.close();
      OpenFile reader = client.open(file.inode(), OpenFlags.O_RDONLY, Caller.getDefaultInstance());
      assertThat(Clients.read(reader, 0, 10)).hasSize(10);
      reader.close();
      Attributes first = clients.cluster().shard(1).attributes(file.inode());
      assertThat(first.getAtime().getSeconds()).isGreaterThan(1_999_999_999L);
      OpenFile again = client.open(file.inode(), OpenFlags.O_RDONLY, Caller.getDefaultInstance());
      assertThat(Clients.read(again, 0, 10)).hasSize(10);
      again.close();
      assertThat(clients.cluster().shard(1).attributes(file.inode()).getAtime())
          .as("the last reading is after the last change")
          .isEqualTo(first.getAtime());
    }
  }

  @Test
  void whatIsClosedHereIsSeenByTheNextOpenElsewhere() throws ErrnoException {
    try (Clients clients = new Clients(1, DataSettings.DEFAULT.withReadAheadBytes(4 << 20))) {
      ClusterFileSystem one = clients.client();
      ClusterFileSystem two = clients.client();
      long inode = clients.cluster().shard(1).file(Clients.layout(Clients.CHUNK, 3), "f");
      Random random = new Random(4);
      for (int round = 0; round < 20; round++) {
        byte[] bytes = Clients.bytes(random, 1 + random.nextInt(1 << 20));
        ClusterFileSystem writer = round % 2 == 0 ? one : two;
        ClusterFileSystem reader = round % 2 == 0 ? two : one;
        OpenFile file =
            writer.open(inode, OpenFlags.O_RDWR | OpenFlags.O_TRUNC, Caller.getDefaultInstance());
        Clients.write(file, 0, bytes);
        file.close();
        OpenFile seen = Clients.open(reader, inode);
        assertThat(Clients.read(seen, 0, 2 << 20)).isEqualTo(bytes);
        seen.close();
      }
    }
  }

  @Test
  void aGrowingFileIsSeenByOneWhoReadsAtItsEnd() throws Exception {
    try (Clients clients = new Clients(1000, SETTINGS)) {
      long inode = clients.cluster().shard(1).file(Clients.layout(Clients.CHUNK, 3), "f");
      OpenFile writer = Clients.open(clients.client(), inode);
      OpenFile reader = Clients.open(clients.client(), inode);
      Clients.write(writer, 0, Clients.filled(10, 1));
      writer.flush();
      byte[] got = new byte[0];
      while (got.length == 0) {
        got = Clients.read(reader, 0, 100);
      }
      assertThat(got).isEqualTo(Clients.filled(10, 1));
      writer.close();
      reader.close();
    }
  }

  @Test
  void requestsQueuedBehindOneThatWaitedInVainFailWithIt() throws Exception {
    DataSettings settings = new DataSettings(5_000_000_000L, 64 << 20, 16, 0, 0, 1, true);
    try (Clients clients = new Clients(100, settings)) {
      OpenFile file = Clients.create(clients.client(), "f", Clients.layout(1 << 20, 1));
      AtomicInteger asked = new AtomicInteger();
      AtomicReference<Thread> sender = new AtomicReference<>();
      clients
          .cluster()
          .fault((operation, destination, request) -> {
            if (!operation.equals(Operations.WRITE_CHUNK)) {
              return null;
            }
            asked.incrementAndGet();
            sender.set(Thread.currentThread());
            long end = System.nanoTime() + 60_000_000L;
            while (System.nanoTime() < end) {
              Thread.onSpinWait();
            }
            return org.skep.wire.Failure.errno(5, "waited in vain");
          });
      Clients.write(file, 0, Clients.filled(8 << 20, 1));
      assertThatThrownBy(file::close).isInstanceOf(ErrnoException.class);
      assertThat(asked.get()).isLessThan(4);
      assertThat(sender.get()).isNotNull();
    }
  }

  @Test
  void rangesOnlyTouchTheStripesTheyCover() throws ErrnoException {
    try (Clients clients = new Clients()) {
      OpenFile file = Clients.create(clients.client(), "f", Clients.layout(Clients.CHUNK, 4));
      file.allocate(0, Clients.CHUNK, 2L * Clients.CHUNK);
      assertThat(clients.cluster().count(Operations.ALLOCATE_CHUNK)).isEqualTo(2);
      ChunkId second = ChunkId.newBuilder().setInode(file.inode()).setStripe(1).build();
      assertThat(clients.cluster().target(102).allocatedBytes(second)).isEqualTo(Clients.CHUNK);
      assertThat(clients.cluster().shard(1).attributes(file.inode()).getSize())
          .isEqualTo(3L * Clients.CHUNK);
      file.close();
    }
  }
}
