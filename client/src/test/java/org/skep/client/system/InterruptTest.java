package org.skep.client.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.client.DataSettings;
import org.skep.client.ErrnoException;
import org.skep.client.OpenFile;
import org.skep.client.fake.Away;
import org.skep.client.fake.Clients;
import org.skep.linux.Errno;
import org.skep.linux.OpenFlags;
import org.skep.wire.Operations;
import org.skep.wire.message.Caller;
import org.skep.wire.message.SetAttributesRequest;

/// An interrupt ends a wait for servers that are away, and loses nothing.
@Timeout(30)
final class InterruptTest {
  private static final int EINTR = Errno.EINTR.number();

  private interface Call {
    void run() throws ErrnoException;
  }

  /// A call in a thread of its own.
  private static final class Waiting {
    private final FutureTask<Integer> errno;
    private final Thread thread;

    Waiting(Call call) {
      errno = new FutureTask<>(() -> errnoOf(call));
      thread = Thread.ofPlatform().daemon().start(errno);
    }

    private static int errnoOf(Call call) {
      try {
        call.run();
        return 0;
      } catch (ErrnoException e) {
        return e.errno();
      }
    }

    int interrupted() throws Exception {
      thread.interrupt();
      return errno.get();
    }
  }

  private static OpenFile written(ClusterFileSystem client, int stripes) throws ErrnoException {
    OpenFile file = Clients.create(client, "f", Clients.layout(Clients.CHUNK, stripes));
    Clients.write(file, 0, Clients.filled(5 * Clients.CHUNK, 1));
    return file;
  }

  private static void truncate(ClusterFileSystem client, OpenFile file, long size)
      throws ErrnoException {
    client.setAttributes(
        SetAttributesRequest.newBuilder().setInode(file.inode()).setSize(size).build());
  }

  private static void assertWritten(Clients clients, OpenFile file) throws ErrnoException {
    OpenFile other = Clients.open(clients.client(), file.inode());
    assertThat(Clients.read(other, 0, 1 << 20)).isEqualTo(Clients.filled(5 * Clients.CHUNK, 1));
    other.close();
  }

  @Test
  void aSyncAndAFlushThatWaitForData() throws Exception {
    try (Clients clients = new Clients()) {
      OpenFile file = written(clients.client(), 2);
      try (Away away = new Away(clients.cluster(), Operations.WRITE_CHUNK)) {
        Waiting sync = new Waiting(() -> file.sync(false));
        away.awaitAsked();
        assertThat(sync.interrupted()).isEqualTo(EINTR);
        assertThat(new Waiting(file::flush).interrupted()).isEqualTo(EINTR);
      }
      file.sync(false);
      assertWritten(clients, file);
      file.close();
    }
  }

  @Test
  void aSyncThatWaitsForDisks() throws Exception {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      OpenFile file = written(client, 3);
      OpenFile second = Clients.open(client, file.inode());
      try (Away away = new Away(clients.cluster(), Operations.SYNC_CHUNK)) {
        Waiting sync = new Waiting(() -> file.sync(true));
        away.awaitAsked();
        assertThat(sync.interrupted()).isEqualTo(EINTR);
      }
      second.sync(true);
      file.sync(true);
      second.close();
      file.close();
    }
  }

  @Test
  void aSyncThatWaitsForTheShard() throws Exception {
    try (Clients clients = new Clients()) {
      OpenFile file = written(clients.client(), 1);
      try (Away away = new Away(clients.cluster(), Operations.UPDATE_WRITTEN)) {
        Waiting sync = new Waiting(() -> file.sync(false));
        away.awaitAsked();
        Waiting flush = new Waiting(file::flush);
        assertThat(flush.interrupted()).isEqualTo(EINTR);
        assertThat(sync.interrupted()).isEqualTo(EINTR);
      }
      file.sync(false);
      assertWritten(clients, file);
      file.close();
    }
  }

  @Test
  void aFailureAfterTheInterruptIsToldToALaterCall() throws Exception {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      OpenFile file = written(client, 2);
      OpenFile second = Clients.open(client, file.inode());
      Away away = new Away(clients.cluster(), Operations.WRITE_CHUNK);
      Waiting sync = new Waiting(() -> file.sync(false));
      away.awaitAsked();
      assertThat(sync.interrupted()).isEqualTo(EINTR);
      away.backRefusing(Errno.ENOSPC);
      assertErrno(file::flush, Errno.ENOSPC);
      assertErrno(second::close, Errno.ENOSPC);
      away.close();
      file.sync(false);
      file.close();
    }
  }

  private static void assertErrno(Call call, Errno errno) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno.number()));
  }

  @Test
  void aFailureThatNobodyHeardOfIsToldAgain() throws Exception {
    try (Clients clients = new Clients()) {
      OpenFile file = written(clients.client(), 1);
      try (Away away = new Away(clients.cluster(), Operations.WRITE_CHUNK)) {
        away.backRefusing(Errno.ENOSPC);
        assertThatThrownBy(file::flush)
            .isInstanceOfSatisfying(ErrnoException.class, ErrnoException::undelivered);
      }
      assertErrno(file::flush, Errno.ENOSPC);
      file.flush();
      file.close();
    }
  }

  @Test
  void aTruncateThatWaitsForDataChangesNothing() throws Exception {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      OpenFile file = written(client, 2);
      try (Away away = new Away(clients.cluster(), Operations.WRITE_CHUNK)) {
        Waiting truncate = new Waiting(() -> truncate(client, file, 10));
        away.awaitAsked();
        Waiting second = new Waiting(() -> truncate(client, file, 20));
        assertThat(second.interrupted()).isEqualTo(EINTR);
        assertThat(truncate.interrupted()).isEqualTo(EINTR);
        assertThat(client.attributes(file.inode()).getSize()).isEqualTo(5L * Clients.CHUNK);
        Clients.write(file, 0, Clients.filled(100, 1));
        Waiting append = new Waiting(() -> file.write(ByteBuffer.allocate(0), 0, true));
        assertThat(append.errno.get()).as("nothing is paused any more").isZero();
      }
      file.sync(false);
      assertWritten(clients, file);
      file.close();
    }
  }

  @Test
  void aTruncateThatWasSentIsWaitedFor() throws Exception {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      OpenFile file = written(client, 2);
      file.flush();
      try (Away away = new Away(clients.cluster(), Operations.SET_ATTRIBUTES)) {
        Waiting truncate = new Waiting(() -> truncate(client, file, 10));
        away.awaitAsked();
        truncate.thread.interrupt();
        Waiting write = new Waiting(() -> Clients.write(file, 50, Clients.filled(10, 3)));
        assertThat(write.interrupted()).as("waits for the truncate").isEqualTo(EINTR);
        assertThat(truncate.errno.isDone()).isFalse();
        away.back();
        assertThat(truncate.errno.get()).isZero();
      }
      assertThat(client.attributes(file.inode()).getSize()).isEqualTo(10);
      Clients.write(file, 0, Clients.filled(1, 4));
      file.close();
    }
  }

  @Test
  void aHoleIsPunchedBeforeLaterWrites() throws Exception {
    try (Clients clients = new Clients()) {
      OpenFile file = written(clients.client(), 2);
      file.flush();
      try (Away away = new Away(clients.cluster(), Operations.PUNCH_CHUNK)) {
        Waiting punch = new Waiting(() -> file.allocate(3, 0, 4L * Clients.CHUNK));
        away.awaitAsked();
        punch.thread.interrupt();
        Waiting write = new Waiting(() -> Clients.write(file, 0, Clients.filled(10, 3)));
        assertThat(write.interrupted()).isEqualTo(EINTR);
        assertThat(punch.errno.isDone()).isFalse();
        away.back();
        var _ = punch.errno.get();
      }
      assertThat(Clients.read(file, 0, 10)).isEqualTo(new byte[10]);
      file.close();
    }
  }

  @Test
  void aWriteThatWaitsForTheWindow() throws Exception {
    DataSettings settings = new DataSettings(0, 64 << 20, 2, 0, 0, 8, true);
    try (Clients clients = new Clients(1, settings)) {
      aWriteThatWaits(clients);
    }
  }

  @Test
  void aWriteThatWaitsForABuffer() throws Exception {
    DataSettings settings = new DataSettings(0, 2 << 20, 16, 0, 0, 8, true);
    try (Clients clients = new Clients(1, settings)) {
      aWriteThatWaits(clients);
    }
  }

  /// Two buffers of 1 MiB have room, and the third has not.
  private void aWriteThatWaits(Clients clients) throws Exception {
    ClusterFileSystem client = clients.client();
    OpenFile file = Clients.create(client, "f", Clients.layout(1 << 20, 1));
    try (Away away = new Away(clients.cluster(), Operations.WRITE_CHUNK)) {
      Clients.write(file, 0, Clients.filled(1 << 20, 1));
      ByteBuffer much = ByteBuffer.wrap(Clients.filled(2 << 20, 1));
      Waiting write = new Waiting(() -> file.write(much, 1 << 20, false));
      away.awaitAsked();
      while (client.writeBuffersInUse() < 2) {
        Thread.onSpinWait();
      }
      assertThat(write.interrupted()).as("the first bytes were taken").isZero();
      assertThat(much.remaining()).isEqualTo(1 << 20);
      Waiting next = new Waiting(() -> Clients.write(file, 2 << 20, Clients.filled(10, 1)));
      assertThat(next.interrupted()).isEqualTo(EINTR);
    }
    file.flush();
    assertThat(client.attributes(file.inode()).getSize()).isEqualTo(2 << 20);
    assertThat(Clients.read(file, 0, 3 << 20)).isEqualTo(Clients.filled(2 << 20, 1));
    file.close();
  }

  @Test
  void aDirectWriteHasTakenItsData() throws Exception {
    for (int flag : new int[] {OpenFlags.O_DIRECT, OpenFlags.O_SYNC}) {
      try (Clients clients = new Clients()) {
        ClusterFileSystem client = clients.client();
        long inode = Clients.create(client, "f", Clients.layout(Clients.CHUNK, 2)).inode();
        OpenFile file = client.open(inode, OpenFlags.O_RDWR | flag, Caller.getDefaultInstance());
        try (Away away = new Away(clients.cluster(), Operations.WRITE_CHUNK)) {
          byte[] data = Clients.filled(5 * Clients.CHUNK, 1);
          Waiting write = new Waiting(() -> Clients.write(file, 0, data));
          away.awaitAsked();
          assertThat(write.interrupted()).isEqualTo(EINTR);
        }
        file.flush();
        assertWritten(clients, file);
        file.close();
      }
    }
  }
}
