package org.skep.client.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.skep.client.DataSettings;
import org.skep.client.ErrnoException;
import org.skep.client.Interruption;
import org.skep.client.OpenFile;
import org.skep.client.fake.Clients;
import org.skep.linux.Errno;
import org.skep.wire.Operations;
import org.skep.wire.message.DirectoryEntry;
import org.skep.wire.message.LockMessage;
import org.skep.wire.message.ReadDirectoryReply;
import org.skep.wire.message.SpaceMessage;

/// Names whose inodes are elsewhere, locks and interrupts.
final class NamesAndLocksTest {
  private static final ByteString NAME = ByteString.copyFromUtf8("f");

  private static Errno failure(ThrowingCallable call) {
    ErrnoException thrown = catchThrowableOfType(ErrnoException.class, call);
    return thrown == null ? null : Errno.of(thrown.errno());
  }

  private static LockMessage lock(LockMessage.Type type, long owner) {
    return LockMessage.newBuilder().setType(type).setOwner(owner).setEnd(Long.MAX_VALUE).build();
  }

  @Test
  void whoLostItsLockMustCloseTheFile() throws Exception {
    try (Clients clients = new Clients(100, DataSettings.DEFAULT)) {
      ClusterFileSystem client = clients.client();
      OpenFile locked = Clients.create(client, "f", Clients.layout(Clients.CHUNK, 2));
      OpenFile unlocked = Clients.create(client, "g", Clients.layout(Clients.CHUNK, 2));
      OpenFile free = Clients.create(client, "h", Clients.layout(Clients.CHUNK, 2));
      Interruption none = Interruption.NONE;
      client.setLock(locked.inode(), lock(LockMessage.Type.WRITE, 1), true, none);
      client.setLock(unlocked.inode(), lock(LockMessage.Type.WRITE, 1), true, none);
      client.setLock(unlocked.inode(), lock(LockMessage.Type.UNLOCK, 1), false, none);
      Clients.write(locked, 0, new byte[10]);
      awaitRenewals(clients, 2);
      Clients.write(locked, 0, new byte[10]);
      clients.cluster().shard(1).endSession();
      // What the second one was answered has been acted on when the third one comes.
      awaitRenewals(clients, 3);
      assertThat(failure(() -> Clients.write(locked, 0, new byte[10]))).isEqualTo(Errno.EIO);
      assertThat(failure(() -> Clients.read(locked, 0, 10))).isEqualTo(Errno.EIO);
      assertThat(failure(() -> locked.sync(false))).isEqualTo(Errno.EIO);
      Clients.write(unlocked, 0, new byte[10]);
      Clients.write(free, 0, new byte[10]);
      OpenFile again = Clients.open(client, locked.inode());
      Clients.write(again, 0, new byte[10]);
      again.sync(false);
      assertThat(failure(locked::close)).isNull();
      again.close();
      unlocked.close();
      free.close();
    }
  }

  private static void awaitRenewals(Clients clients, int count) throws InterruptedException {
    CountDownLatch renewals = new CountDownLatch(count);
    Runnable end =
        clients
            .cluster()
            .fault((operation, destination, request) -> {
              if (operation.equals(Operations.RENEW_SESSION)) {
                renewals.countDown();
              }
              return null;
            });
    renewals.await();
    end.run();
  }

  @Test
  void anInodeOnAnotherShardIsFoundAndOpenedThere() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      long inode = clients.cluster().shard(2).file(Clients.layout(Clients.CHUNK, 2), "g");
      clients.cluster().shard(1).name("f", inode);
      assertThat(client.lookup(Clients.ROOT, NAME).getInode()).isEqualTo(inode);
      OpenFile file = Clients.create(client, "f", Clients.layout(Clients.CHUNK, 2));
      assertThat(file.created()).isFalse();
      assertThat(file.inode()).isEqualTo(inode);
      assertThat(clients.cluster().shard(2).openings(inode)).isEqualTo(1);
      file.close();
      assertThat(clients.cluster().shard(2).openings(inode)).isZero();
    }
  }

  @Test
  void aNameThatIsReplacedDuringItsLookupIsLookedUpAgain() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      long old = clients.cluster().shard(2).file(Clients.layout(Clients.CHUNK, 2), "g");
      long fresh = clients.cluster().shard(2).file(Clients.layout(Clients.CHUNK, 2), "h");
      clients.cluster().shard(1).name("f", old);
      clients
          .cluster()
          .fault((operation, destination, request) -> {
            if (operation.equals(Operations.GET_ATTRIBUTES)) {
              clients.cluster().shard(2).remove(old);
              clients.cluster().shard(1).name("f", fresh);
            }
            return null;
          });
      assertThat(client.lookup(Clients.ROOT, NAME).getInode()).isEqualTo(fresh);
    }
  }

  @Test
  void listsHaveTheAttributesOfOtherShardsAndOfWhatIsHeldHere() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      OpenFile own = Clients.create(client, "a", Clients.layout(Clients.CHUNK, 2));
      Clients.write(own, 0, Clients.filled(77, 1));
      long other = clients.cluster().shard(2).file(Clients.layout(Clients.CHUNK, 2), "b");
      long gone = clients.cluster().shard(2).file(Clients.layout(Clients.CHUNK, 2), "c");
      clients.cluster().shard(1).name("b", other);
      clients.cluster().shard(1).name("c", gone);
      clients.cluster().shard(2).remove(gone);
      ReadDirectoryReply list = client.readDirectory(Clients.ROOT, 0, 0, 4096, true);
      List<DirectoryEntry> entries = list.getEntriesList();
      assertThat(entries.get(0).getAttributes().getSize()).isEqualTo(77);
      assertThat(entries.get(1).getAttributes().getInode()).isEqualTo(other);
      assertThat(entries.get(2).hasAttributes()).isFalse();
      own.close();
    }
  }

  @Test
  void goneInodesAndLongNamesHaveTheirErrnos() {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      assertThat(failure(() -> client.attributes(Clients.ROOT + 500))).isEqualTo(Errno.ESTALE);
      assertThat(failure(() -> client.attributes(0))).isEqualTo(Errno.ESTALE);
      assertThat(failure(() -> client.lookup(Clients.ROOT, NAME))).isEqualTo(Errno.ENOENT);
      ByteString name = ByteString.copyFrom(new byte[256]);
      assertThat(failure(() -> client.lookup(Clients.ROOT, name))).isEqualTo(Errno.ENAMETOOLONG);
    }
  }

  @Test
  void unlockingWritesOutAndOnlyHoldersAskToRelease() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      OpenFile file = Clients.create(client, "f", Clients.layout(Clients.CHUNK, 2));
      client.releaseLocks(file.inode(), 1, LockMessage.Family.FCNTL);
      assertThat(clients.cluster().count(Operations.RELEASE_LOCKS)).isZero();
      client.setLock(file.inode(), lock(LockMessage.Type.WRITE, 1), false, Interruption.NONE);
      Clients.write(file, 0, Clients.filled(10, 1));
      client.setLock(file.inode(), lock(LockMessage.Type.UNLOCK, 1), false, Interruption.NONE);
      List<String> log = clients.cluster().log();
      assertThat(log.indexOf("write-chunk")).isLessThan(log.lastIndexOf("set-lock"));
      assertThat(clients.cluster().shard(1).attributes(file.inode()).getSize()).isEqualTo(10);
      client.setLock(file.inode(), lock(LockMessage.Type.WRITE, 1), false, Interruption.NONE);
      assertThat(
              failure(() ->
                  client.setLock(
                      file.inode(), lock(LockMessage.Type.WRITE, 2), false, Interruption.NONE)))
          .isEqualTo(Errno.EAGAIN);
      client.releaseLocks(file.inode(), 1, LockMessage.Family.FCNTL);
      client.setLock(file.inode(), lock(LockMessage.Type.WRITE, 2), true, Interruption.NONE);
      file.close();
    }
  }

  @Test
  void anInterruptEndsTheWaitForALock() throws Exception {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      long inode = clients.cluster().shard(1).file(Clients.layout(Clients.CHUNK, 2), "f");
      client.setLock(inode, lock(LockMessage.Type.WRITE, 1), false, Interruption.NONE);
      AtomicBoolean requested = new AtomicBoolean();
      AtomicReference<Runnable> wake = new AtomicReference<>();
      CountDownLatch waiting = new CountDownLatch(1);
      Interruption interruption =
          new Interruption() {
            @Override
            public boolean requested() {
              return requested.get();
            }

            @Override
            public void onRequest(Runnable woken) {
              wake.set(woken);
              waiting.countDown();
            }
          };
      AtomicReference<Errno> ended = new AtomicReference<>();
      Thread waiter =
          Thread.ofPlatform()
              .start(() ->
                  ended.set(
                      failure(() ->
                          client.setLock(
                              inode, lock(LockMessage.Type.WRITE, 2), true, interruption))));
      waiting.await();
      requested.set(true);
      wake.get().run();
      waiter.join();
      assertThat(ended.get()).isEqualTo(Errno.EINTR);
      client.releaseLocks(inode, 1, LockMessage.Family.FCNTL);
      client.setLock(inode, lock(LockMessage.Type.WRITE, 3), false, Interruption.NONE);
    }
  }

  @Test
  void sessionsOfUsedShardsAreRenewedAndEnded() throws Exception {
    CountDownLatch renewed = new CountDownLatch(3);
    try (Clients clients = new Clients(1000, org.skep.client.DataSettings.DEFAULT)) {
      clients
          .cluster()
          .fault((operation, destination, request) -> {
            if (operation.equals(Operations.RENEW_SESSION) && destination == 2) {
              renewed.countDown();
            }
            return null;
          });
      ClusterFileSystem client = clients.client();
      long inode = clients.cluster().shard(2).file(Clients.layout(Clients.CHUNK, 2), "f");
      assertThat(client.attributes(inode).getInode()).isEqualTo(inode);
      renewed.await();
      client.close();
      assertThat(clients.cluster().count(Operations.END_SESSION)).isEqualTo(1);
    }
  }

  @Test
  void spaceIsThatOfAllTargetsAndAskedForOncePerSecond() throws ErrnoException {
    try (Clients clients = new Clients()) {
      ClusterFileSystem client = clients.client();
      SpaceMessage space = client.space();
      assertThat(space.getTotalBytes()).isEqualTo(300);
      assertThat(space.getFreeInodes()).isEqualTo(15);
      assertThat(client.space()).isEqualTo(space);
      assertThat(clients.cluster().count(Operations.STATUS)).isEqualTo(1);
    }
  }
}
