package org.skep.client.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.skep.client.ErrnoException;
import org.skep.client.OpenFile;
import org.skep.client.fake.Clients;
import org.skep.client.fake.FakeCluster;
import org.skep.linux.Errno;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;

/// Failures of writes that were answered before they were carried out.
final class WriteErrorsTest {
  private static final byte[] SMALL = Clients.filled(100, 1);

  private static FakeCluster.Fault refusing(Operation<?, ?> operation, Errno errno) {
    return (asked, destination, request) ->
        asked.equals(operation) ? Failure.errno(errno.number(), "made to fail") : null;
  }

  private static Errno failure(ThrowingCallable call) {
    ErrnoException thrown = catchThrowableOfType(ErrnoException.class, call);
    return thrown == null ? null : Errno.of(thrown.errno());
  }

  private static long file(Clients clients) {
    return clients.cluster().shard(1).file(Clients.layout(Clients.CHUNK, 2), "f");
  }

  @Test
  void eachOpeningHearsOnceOfAFailedWrite() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      long inode = file(clients);
      OpenFile one = Clients.open(client, inode);
      OpenFile two = Clients.open(client, inode);
      Runnable repair = clients.cluster().fault(refusing(Operations.WRITE_CHUNK, Errno.ENOSPC));
      Clients.write(one, 0, SMALL);
      assertThat(failure(() -> one.sync(false))).isEqualTo(Errno.ENOSPC);
      repair.run();
      assertThat(failure(() -> one.sync(false))).isNull();
      assertThat(failure(() -> two.flush())).isEqualTo(Errno.ENOSPC);
      assertThat(failure(two::close)).isNull();
      OpenFile three = Clients.open(client, inode);
      assertThat(failure(three::close)).isNull();
      assertThat(failure(one::close)).isNull();
    }
  }

  @Test
  void aLossOfMetadataIsToldOnceByTheFsyncOfEachFileAndDirectoryItConcerns() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      OpenFile one = Clients.create(client, "f", Clients.layout(Clients.CHUNK, 2));
      OpenFile two = Clients.open(client, one.inode());
      OpenFile other = Clients.create(client, "g", Clients.layout(Clients.CHUNK, 2));
      Clients.write(one, 0, SMALL);
      one.sync(false);
      other.sync(false);
      Clients.write(one, 0, SMALL);
      one.flush();
      clients.cluster().shard(1).loseUnsynced();
      assertThat(failure(() -> one.sync(false))).isEqualTo(Errno.EIO);
      assertThat(failure(() -> one.sync(false))).isNull();
      assertThat(failure(() -> two.sync(false))).isEqualTo(Errno.EIO);
      assertThat(failure(() -> two.sync(false))).isNull();
      assertThat(failure(() -> other.sync(false))).as("all of it was synced").isNull();
      client.syncDirectory(Clients.ROOT);
      OpenFile third = Clients.create(client, "h", Clients.layout(Clients.CHUNK, 2));
      clients.cluster().shard(1).loseUnsynced();
      assertThat(failure(() -> client.syncDirectory(Clients.ROOT))).isEqualTo(Errno.EIO);
      assertThat(failure(() -> client.syncDirectory(Clients.ROOT))).isNull();
      assertThat(failure(() -> third.sync(false))).isEqualTo(Errno.EIO);
      assertThat(failure(client::syncAll)).isEqualTo(Errno.EIO);
      assertThat(failure(client::syncAll)).isNull();
      for (OpenFile file : new OpenFile[] {one, two, other, third}) {
        file.close();
      }
    }
  }

  @Test
  void theNextWriteTellsAndThenWritingGoesOn() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      long inode = file(clients);
      OpenFile file = Clients.open(client, inode);
      OpenFile other = Clients.open(client, inode);
      Runnable repair = clients.cluster().fault(refusing(Operations.WRITE_CHUNK, Errno.ENOSPC));
      Clients.write(file, 0, SMALL);
      assertThat(failure(other::close)).isEqualTo(Errno.ENOSPC);
      repair.run();
      assertThat(failure(() -> Clients.write(file, 500, SMALL))).isEqualTo(Errno.ENOSPC);
      Clients.write(file, 0, SMALL);
      assertThat(failure(file::close)).isNull();
      assertThat(clients.cluster().shard(1).attributes(inode).getSize()).isEqualTo(100);
    }
  }

  @Test
  void closeTellsAtTheLatestAndEndsTheOpening() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      long inode = file(clients);
      OpenFile file = Clients.open(client, inode);
      Runnable repair = clients.cluster().fault(refusing(Operations.WRITE_CHUNK, Errno.EIO));
      Clients.write(file, 0, SMALL);
      assertThat(failure(file::close)).isEqualTo(Errno.EIO);
      repair.run();
      assertThat(clients.cluster().shard(1).openings(inode)).isZero();
      assertThat(failure(file::close)).isEqualTo(Errno.EBADF);
      assertThat(client.attributes(inode).getSize()).as("what is lost has no size").isZero();
    }
  }

  @Test
  void aSizeThatCouldNotBeToldIsToldByTheNextFlush() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      long inode = file(clients);
      OpenFile file = Clients.open(client, inode);
      Runnable repair = clients.cluster().fault(refusing(Operations.UPDATE_WRITTEN, Errno.EIO));
      Clients.write(file, 0, SMALL);
      assertThat(failure(file::flush)).isEqualTo(Errno.EIO);
      assertThat(client.attributes(inode).getSize()).isEqualTo(100);
      repair.run();
      assertThat(failure(file::flush)).isNull();
      assertThat(clients.cluster().shard(1).attributes(inode).getSize()).isEqualTo(100);
      file.close();
    }
  }

  @Test
  void syncFailsOnceWhenAHostLostWhatItHadNotSynced() throws ErrnoException {
    try (Clients clients = new Clients()) {
      OpenFile file = Clients.open(clients.client(), file(clients));
      Clients.write(file, 0, SMALL);
      file.flush();
      clients.cluster().target(101).crash();
      assertThat(failure(() -> file.sync(true))).isEqualTo(Errno.EIO);
      Clients.write(file, 0, SMALL);
      assertThat(failure(() -> file.sync(true))).isNull();
      clients.cluster().target(101).crash();
      assertThat(failure(() -> file.sync(true))).as("nothing was written since").isNull();
      file.close();
    }
  }

  @Test
  void aSyncThatGotNoAnswerIsAskedAgain() throws ErrnoException {
    try (Clients clients = new Clients()) {
      OpenFile file = Clients.open(clients.client(), file(clients));
      Clients.write(file, 0, SMALL);
      Runnable repair = clients.cluster().fault(refusing(Operations.SYNC_CHUNK, Errno.EIO));
      assertThat(failure(() -> file.sync(false))).isEqualTo(Errno.EIO);
      repair.run();
      long before = clients.cluster().count(Operations.SYNC_CHUNK);
      assertThat(failure(() -> file.sync(false))).isNull();
      int stripes = file.attributes().getLayout().getStripesCount();
      assertThat(clients.cluster().count(Operations.SYNC_CHUNK)).isEqualTo(before + stripes);
      assertThat(failure(() -> file.sync(false))).isNull();
      assertThat(clients.cluster().count(Operations.SYNC_CHUNK)).isEqualTo(before + stripes);
      file.close();
    }
  }

  @Test
  void failedReadsAreNotKept() throws ErrnoException {
    try (Clients clients = new Clients()) {
      OpenFile file = Clients.open(clients.client(), file(clients));
      Clients.write(file, 0, Clients.filled(300_000, 5));
      file.flush();
      Runnable repair = clients.cluster().fault(refusing(Operations.READ_CHUNK, Errno.EIO));
      assertThat(failure(() -> Clients.read(file, 0, 300_000))).isEqualTo(Errno.EIO);
      repair.run();
      assertThatCode(file::close).doesNotThrowAnyException();
    }
  }

  @Test
  void impossibleRangesAreRefusedAtOnce() throws ErrnoException {
    try (Clients clients = new Clients()) {
      OpenFile file = Clients.open(clients.client(), file(clients));
      assertThat(failure(() -> Clients.write(file, Long.MAX_VALUE - 50, SMALL)))
          .isEqualTo(Errno.EFBIG);
      assertThat(failure(() -> Clients.write(file, -1, SMALL))).isEqualTo(Errno.EINVAL);
      assertThat(failure(() -> Clients.read(file, -1, 1))).isEqualTo(Errno.EINVAL);
      assertThat(failure(() -> file.allocate(0, 0, 0))).isEqualTo(Errno.EINVAL);
      assertThat(failure(() -> file.allocate(0, Long.MAX_VALUE, 1))).isEqualTo(Errno.EFBIG);
      for (int mode : new int[] {2, 8, 0x20, 0x12, 0x40}) {
        assertThat(failure(() -> file.allocate(mode, 0, 4096))).isEqualTo(Errno.EOPNOTSUPP);
      }
      assertThat(failure(() -> file.seek(0, false))).isEqualTo(Errno.ENXIO);
      file.close();
    }
  }
}
